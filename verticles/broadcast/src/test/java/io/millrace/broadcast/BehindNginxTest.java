package io.millrace.broadcast;

import static io.millrace.broadcast.StreamStore.STREAM;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.testkit.Ports;
import io.millrace.testkit.Transport;
import io.millrace.testkit.TransportListener;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every transport through nginx as it is configured by default: HTTP/1.0 to the server, and answers held back in buffers. */
@Timeout(60)
class BehindNginxTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Ports PORTS = new Ports();

    private final Path folder;
    private final Front front = new Front();
    private @Nullable Process nginx;

    BehindNginxTest(@TempDir Path folder) throws Exception {
        this.folder = folder;
    }

    @AfterEach
    void end() throws Exception {
        if (nginx != null) {
            nginx.destroy();
            nginx.waitFor();
        }
        front.close();
    }

    @ParameterizedTest
    @EnumSource
    void eachEventComesAtOnce(Transport transport) throws Exception {
        URI uri = start(transport);
        try (TransportListener staff =
                transport.open(uri, front.token("s-1", "staff"), new JsonObject().put("stream", STREAM))) {
            await().atMost(PATIENCE).until(() -> staff.first("subscribed") != null);
            for (int i = 1; i <= 3; i++) {
                int count = i;
                front.store.commit(1);
                await().atMost(PATIENCE).until(() -> staff.eventCount() == count);
            }
            assertEquals(List.of("1", "2", "3"), staff.ids());
        }
    }

    /** As a package of Debian's starts it, but as whoever runs the tests, on loopback. */
    private URI start(Transport transport) throws Exception {
        int port = PORTS.free();
        // A WebSocket is the one thing that a proxy has to be told of.
        String upgrade = transport.isSocket()
                ? "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;"
                : "";
        Path conf = folder.resolve("nginx.conf");
        Files.writeString(
                conf,
                """
                daemon off; master_process off; worker_processes 1;
                pid %1$s/pid; error_log %1$s/error.log;
                events { worker_connections 128; }
                http {
                  access_log off;
                  client_body_temp_path %1$s/body; proxy_temp_path %1$s/proxy; fastcgi_temp_path %1$s/fastcgi;
                  uwsgi_temp_path %1$s/uwsgi; scgi_temp_path %1$s/scgi;
                  gzip on; gzip_types *; gzip_proxied any;
                  server {
                    listen 127.0.0.1:%2$d;
                    location / { proxy_pass http://127.0.0.1:%3$d; proxy_set_header Host $http_host; %4$s }
                  }
                }
                """
                        .formatted(folder, port, front.uri.getPort(), upgrade));
        nginx = new ProcessBuilder(
                        program(), "-e", folder + "/start.log", "-p", folder.toString(), "-c", conf.toString())
                .inheritIO()
                .start();
        await().atMost(PATIENCE).until(() -> listens(port));
        return URI.create("http://127.0.0.1:" + port + "/api/ws");
    }

    /** Debian has it where only root looks. */
    private static String program() {
        return Files.isExecutable(Path.of("/usr/sbin/nginx")) ? "/usr/sbin/nginx" : "nginx";
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port));
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }
}
