package io.millrace.systemtests.environment;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Stands between one process of Millrace and PostgreSQL, and lets PostgreSQL's answers come late, or not at all. What is
 * asked always gets through. Safe from any thread.
 */
public final class PostgresRelay implements AutoCloseable {
    private static final int SSL_REQUEST = 80_877_103;
    private static final int SSL_REQUEST_LENGTH = 8;
    /** Ends all answers to one statement; its only byte says whether a transaction goes on. */
    private static final char READY_FOR_QUERY = 'Z';

    private static final char NO_TRANSACTION = 'I';
    private static final int BUFFER = 64 << 10;

    private final ServerSocket entrance;
    private final int postgresPort;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    /** Empty for none. */
    private String mark = "";

    private long lateNanos;

    PostgresRelay(int postgresPort) {
        this.postgresPort = postgresPort;
        try {
            entrance = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
        start("accept", this::accept);
    }

    int port() {
        return entrance.getLocalPort();
    }

    /** From now on each statement takes so much longer, on its connection one after the other. */
    public synchronized void slow(Duration late) {
        lateNanos = late.toNanos();
        notifyAll();
    }

    /**
     * From now on PostgreSQL does what it is asked, and whoever has it commit something in which {@code said} occurs never
     * hears of that, nor of anything after it on the same connection.
     */
    public synchronized void keepBack(String said) {
        mark = said;
        connections.forEach(Connection::begin);
        notifyAll();
    }

    /** What was kept back goes out, where there is still somebody to hear it. */
    public void release() {
        keepBack("");
    }

    /** Connections that hear nothing now. */
    public synchronized long deaf() {
        return connections.stream().filter(connection -> connection.deaf).count();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = entrance.accept();
                try {
                    new Connection(client, new Socket(InetAddress.getLoopbackAddress(), postgresPort)).start();
                } catch (IOException down) {
                    client.close();
                }
            }
        } catch (IOException closed) {
            // That is how it ends.
        }
    }

    @Override
    public void close() {
        try {
            entrance.close();
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
        connections.forEach(Connection::close);
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(work, "postgres-relay-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    /** One session. */
    private final class Connection {
        private final Socket client;
        private final Socket server;
        // The relay's monitor guards what follows.
        private String lately = "";
        private boolean marked;
        private boolean deaf;
        private boolean closed;

        Connection(Socket client, Socket server) throws IOException {
            this.client = client;
            this.server = server;
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
        }

        void start() {
            connections.add(this);
            PostgresRelay.start("asks", () -> untilClosed(this::ask));
            PostgresRelay.start("answers", () -> untilClosed(this::answer));
        }

        private void untilClosed(Transfer transfer) {
            try {
                transfer.run();
            } catch (IOException gone) {
                // One side has ended, and so must the other.
            } finally {
                close();
            }
        }

        private void ask() throws IOException {
            InputStream in = client.getInputStream();
            OutputStream out = server.getOutputStream();
            byte[] bytes = withoutTls(in);
            for (int length = bytes.length; length >= 0; length = in.read(bytes)) {
                listen(new String(bytes, 0, length, StandardCharsets.ISO_8859_1));
                out.write(bytes, 0, length);
                bytes = new byte[BUFFER];
            }
        }

        /** The first thing said that isn't a wish for TLS, which is refused. */
        private byte[] withoutTls(InputStream in) throws IOException {
            byte[] first = in.readNBytes(SSL_REQUEST_LENGTH);
            int code = first.length < SSL_REQUEST_LENGTH
                    ? 0
                    : ByteBuffer.wrap(first).getInt(Integer.BYTES);
            if (code != SSL_REQUEST) {
                return first;
            }
            client.getOutputStream().write('N');
            return new byte[0];
        }

        /** All answers to one statement go out together. */
        private void answer() throws IOException {
            DataInputStream in = new DataInputStream(new BufferedInputStream(server.getInputStream(), BUFFER));
            OutputStream out = client.getOutputStream();
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            DataOutputStream copy = new DataOutputStream(answer);
            for (int type = in.read(); type >= 0; type = in.read()) {
                int length = in.readInt();
                byte[] body = in.readNBytes(length - Integer.BYTES);
                copy.write(type);
                copy.writeInt(length);
                copy.write(body);
                if (type == READY_FOR_QUERY) {
                    answered(body[0] == NO_TRANSACTION);
                    awaitTurn();
                    answer.writeTo(out);
                    answer.reset();
                }
            }
            // A last word, such as that PostgreSQL is shutting down.
            awaitTurn();
            answer.writeTo(out);
        }

        private void listen(String part) {
            synchronized (PostgresRelay.this) {
                lately += part;
                marked |= !mark.isEmpty() && lately.contains(mark);
                lately = lately.substring(Math.max(0, lately.length() - mark.length()));
            }
        }

        private void answered(boolean transactionOver) {
            synchronized (PostgresRelay.this) {
                deaf |= marked && transactionOver;
            }
        }

        /** Of the mark. */
        void begin() {
            lately = "";
            marked = false;
            deaf = false;
        }

        private void awaitTurn() throws IOException {
            long begin = System.nanoTime();
            synchronized (PostgresRelay.this) {
                while (!closed) {
                    long left = begin + lateNanos - System.nanoTime();
                    if (!deaf && left <= 0) {
                        return;
                    }
                    try {
                        PostgresRelay.this.wait(deaf ? 0 : TimeUnit.NANOSECONDS.toMillis(left) + 1);
                    } catch (InterruptedException interrupted) {
                        Thread.currentThread().interrupt();
                        throw new IOException(interrupted);
                    }
                }
            }
            throw new IOException("closed");
        }

        void close() {
            synchronized (PostgresRelay.this) {
                closed = true;
                PostgresRelay.this.notifyAll();
            }
            connections.remove(this);
            for (Socket socket : List.of(client, server)) {
                try {
                    socket.close();
                } catch (IOException gone) {
                    // It was closed already.
                }
            }
        }
    }

    private interface Transfer {
        void run() throws IOException;
    }
}
