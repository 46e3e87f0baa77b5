package io.millrace.testkit.process;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** nginx as a package of Debian's starts it, but as the user that runs the tests, on loopback. */
public final class Nginx implements AutoCloseable {
    private static final int LOOK_EVERY_MS = 20;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(30);

    private final Process process;
    private final int port;

    /**
     * Returns when it listens.
     *
     * @param folder for its files
     * @param port on which the server listens
     * @param http what its block {@code http} has, with the server
     */
    public Nginx(Path folder, int port, String http) throws Exception {
        this.port = port;
        Path conf = folder.resolve("nginx.conf");
        Files.writeString(
                conf,
                """
                daemon off; master_process off; worker_processes 1;
                pid %1$s/pid; error_log %1$s/error.log;
                events { worker_connections 1024; }
                http {
                  access_log off;
                  client_body_temp_path %1$s/body; proxy_temp_path %1$s/proxy; fastcgi_temp_path %1$s/fastcgi;
                  uwsgi_temp_path %1$s/uwsgi; scgi_temp_path %1$s/scgi;
                  %2$s
                }
                """
                        .formatted(folder, http));
        process = new ProcessBuilder(
                        program(), "-e", folder + "/start.log", "-p", folder.toString(), "-c", conf.toString())
                .inheritIO()
                .start();
        long deadline = System.nanoTime() + PATIENCE_NS;
        while (!listens()) {
            if (process.waitFor(LOOK_EVERY_MS, TimeUnit.MILLISECONDS) || System.nanoTime() > deadline) {
                close();
                throw new IllegalStateException(
                        "nginx doesn't listen: " + Files.readString(folder.resolve("error.log")));
            }
        }
    }

    /** Debian has it where only root looks. */
    private static String program() {
        return Files.isExecutable(Path.of("/usr/sbin/nginx")) ? "/usr/sbin/nginx" : "nginx";
    }

    private boolean listens() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port));
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        process.waitFor();
    }
}
