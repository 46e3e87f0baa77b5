package io.millrace.systemtests.soak;

import io.millrace.testkit.process.Nginx;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import java.nio.file.Files;
import java.nio.file.Path;

/** One address for everything, as the Ingress of {@code k8s/} has it: what stays open goes to broadcast, the rest to the front. */
final class Ingress implements AutoCloseable {
    private final Nginx nginx;
    private final int port = new Ports().free();

    Ingress(Path folder, Pipeline pipeline) throws Exception {
        nginx = new Nginx(
                Files.createDirectories(folder),
                port,
                """
                map $http_upgrade $upgraded { default upgrade; '' ''; }
                proxy_http_version 1.1;
                proxy_buffering off;
                proxy_read_timeout 1h;
                proxy_set_header Host $http_host;
                proxy_set_header Upgrade $http_upgrade;
                proxy_set_header Connection $upgraded;
                server {
                  listen 127.0.0.1:%d;
                  location ~ ^/(api/(ws|sse|poll|tickets)|eventbus) { proxy_pass http://127.0.0.1:%d; }
                  location / { proxy_pass http://127.0.0.1:%d; }
                }
                """
                        .formatted(
                                port,
                                pipeline.broadcast().uri("/").getPort(),
                                pipeline.front().uri("/").getPort()));
    }

    /** Without a path. */
    String uri() {
        return "http://127.0.0.1:" + port;
    }

    @Override
    public void close() throws Exception {
        nginx.close();
    }
}
