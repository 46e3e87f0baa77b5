package io.millrace.systemtests;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** Looks into Redis, in its inline protocol. */
record Redis(String uri) {
    boolean hasKeyOfEntity(String id) {
        URI server = URI.create(uri);
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            socket.getOutputStream().write(("KEYS mr:entity:*:" + id + "\r\n").getBytes(StandardCharsets.UTF_8));
            var reply = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            return reply.readLine().equals("*1");
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }
}
