package io.millrace.systemtests.environment;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Looks into Redis, or meddles with it, each time on a connection of its own. */
public record RedisAccess(String uri) {
    public boolean hasKeyOfEntity(String id) {
        return ask("KEYS", "mr:entity:*:" + id).size() == 1;
    }

    /** The reply's texts; fails if it is an error. */
    public List<String> ask(String... command) {
        URI server = URI.create(uri);
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            StringBuilder request = new StringBuilder("*" + command.length + "\r\n");
            for (String word : command) {
                request.append('$')
                        .append(word.getBytes(StandardCharsets.UTF_8).length)
                        .append("\r\n")
                        .append(word)
                        .append("\r\n");
            }
            socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.UTF_8));
            List<String> texts = new ArrayList<>();
            read(new BufferedInputStream(socket.getInputStream()), texts);
            return texts;
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    /** Messages of the channels of a pattern, on a thread of its own until it is closed. Returns when they come. */
    public AutoCloseable listen(String pattern, Consumer<String> messages) throws IOException {
        URI server = URI.create(uri);
        Socket socket = new Socket(server.getHost(), server.getPort());
        InputStream in = new BufferedInputStream(socket.getInputStream());
        socket.getOutputStream().write(("PSUBSCRIBE " + pattern + "\r\n").getBytes(StandardCharsets.UTF_8));
        read(in, new ArrayList<>());
        Thread listener = new Thread(() -> {
            try {
                while (true) {
                    List<String> push = new ArrayList<>();
                    read(in, push);
                    messages.accept(push.get(push.size() - 1));
                }
            } catch (IOException closed) {
                // It was.
            }
        });
        listener.setDaemon(true);
        listener.start();
        return socket;
    }

    private static void read(InputStream in, List<String> texts) throws IOException {
        String line = line(in);
        String rest = line.substring(1);
        switch (line.charAt(0)) {
            case '*' -> {
                for (int i = 0; i < Integer.parseInt(rest); i++) {
                    read(in, texts);
                }
            }
            case '$' -> {
                int length = Integer.parseInt(rest);
                if (length >= 0) {
                    texts.add(new String(in.readNBytes(length), StandardCharsets.UTF_8));
                    in.skipNBytes(2);
                }
            }
            case '-' -> throw new IOException(rest);
            default -> texts.add(rest);
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\r'; next = in.read()) {
            if (next < 0) {
                throw new IOException("Redis hung up");
            }
            line.append((char) next);
        }
        in.skipNBytes(1);
        return line.toString();
    }
}
