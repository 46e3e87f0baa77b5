package io.millrace.testkit.network;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Takes connections at one end and passes on their bytes to the other. An end is a port of the loopback interface, or the
 * path of a Unix socket: those are the same in every network namespace. Safe from any thread.
 *
 * <p>As a program it is told {@code from to} in each line of its input, answers each with a line, and ends with its input,
 * so with whoever started it.
 */
final class TcpProxy implements AutoCloseable {
    private static final int BUFFER = 8 * 1024;

    private final ServerSocketChannel server;
    private final String to;

    /** Takes connections from now on. */
    TcpProxy(String from, String to) {
        this.to = to;
        SocketAddress address = address(from);
        try {
            server = address instanceof UnixDomainSocketAddress
                    ? ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                    : ServerSocketChannel.open();
            server.bind(address);
        } catch (IOException problem) {
            throw new UncheckedIOException("can't listen at " + from, problem);
        }
        daemon(this::accept);
    }

    public static void main(String[] none) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            int space = line.indexOf(' ');
            if (space > 0) {
                new TcpProxy(line.substring(0, space), line.substring(space + 1));
            }
            System.out.println(line);
        }
    }

    private static SocketAddress address(String end) {
        return end.startsWith("/")
                ? UnixDomainSocketAddress.of(end)
                : new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(end));
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel one = server.accept();
                try {
                    SocketChannel other = SocketChannel.open(address(to));
                    AtomicInteger open = new AtomicInteger(2);
                    daemon(() -> copy(one, other, open));
                    daemon(() -> copy(other, one, open));
                } catch (IOException nobodyThere) {
                    one.close();
                }
            }
        } catch (IOException closed) {
            // The end of the relay, or of its process's sockets.
        }
    }

    private static void copy(SocketChannel from, SocketChannel to, AtomicInteger open) {
        ByteBuffer bytes = ByteBuffer.allocate(BUFFER);
        boolean whole = false;
        try {
            while (from.read(bytes.clear()) >= 0) {
                bytes.flip();
                while (bytes.hasRemaining()) {
                    to.write(bytes);
                }
            }
            to.shutdownOutput();
            whole = true;
        } catch (IOException broken) {
            // A connection that breaks on one side breaks on the other.
        }
        if (!whole || open.decrementAndGet() == 0) {
            close(from);
            close(to);
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException closed) {
            // So be it.
        }
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "relay");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
