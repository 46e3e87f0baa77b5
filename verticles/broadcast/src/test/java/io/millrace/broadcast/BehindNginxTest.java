package io.millrace.broadcast;

import static io.millrace.broadcast.StreamStore.STREAM;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportListener;
import io.millrace.testkit.process.Nginx;
import io.millrace.testkit.process.Ports;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetClient;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
    private final BroadcastFixture front = new BroadcastFixture();
    private @Nullable Nginx nginx;

    BehindNginxTest(@TempDir Path folder) throws Exception {
        this.folder = folder;
    }

    @AfterEach
    void end() throws Exception {
        if (nginx != null) {
            nginx.close();
        }
        front.close();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "TCP")
    void eachEventComesAtOnce(Transport transport) throws Exception {
        // Only a WebSocket needs configuration in the proxy.
        String upgrade = transport.isSocket()
                ? "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;"
                : "";
        URI uri = start("", "127.0.0.1:" + front.uri.getPort(), upgrade);
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

    /** Two nodes of the same events, and a proxy that sends a session's requests to one of them, as README.md has it. */
    @ParameterizedTest
    @EnumSource(names = {"SOCKJS_XHR", "SOCKJS_XHR_STREAMING", "SOCKJS_EVENTSOURCE"})
    void whoseNodeDiesComesBackToTheOtherWithoutGapOrRepeat(Transport transport) throws Exception {
        int sessions = 20;
        Vertx wire = Vertx.vertx();
        try (BroadcastFixture mortal = new BroadcastFixture()) {
            URI uri = start(
                    """
                    map $uri $session { default $remote_addr; ~^/eventbus/[^/]+/(?<id>[^/]+)/ $id; }
                    upstream nodes { hash $session consistent; server 127.0.0.1:%d; server 127.0.0.1:%d; }
                    """
                            .formatted(front.uri.getPort(), between(wire, mortal.uri.getPort())),
                    "nodes",
                    "");
            List<TransportListener> crowd = new ArrayList<>();
            for (int i = 0; i < sessions; i++) {
                crowd.add(listen(transport, uri, "s-" + i, null));
            }
            await().atMost(PATIENCE).until(() -> crowd.stream().allMatch(one -> one.first("subscribed") != null));
            double there = mortal.gauge("millrace.broadcast.connections");
            assertTrue(there > 0 && there < sessions, "the proxy sends all to one node");
            commit(mortal, 5);
            await().atMost(PATIENCE).until(() -> crowd.stream().allMatch(one -> one.eventCount() == 5));

            BroadcastFixture.done(wire.close());
            commit(mortal, 5);
            await().atMost(PATIENCE)
                    .until(() ->
                            crowd.stream().filter(TransportListener::hasEnded).count() == there);
            List<TransportListener> all = new ArrayList<>();
            for (int i = 0; i < sessions; i++) {
                List<JsonObject> events = crowd.get(i).events();
                String last = events.get(events.size() - 1).getString("position");
                all.add(crowd.get(i).hasEnded() ? listen(transport, uri, "s-" + i, last) : crowd.get(i));
            }
            await().atMost(PATIENCE).until(() -> IntStream.range(0, sessions)
                    .allMatch(i -> ids(crowd.get(i), all.get(i)).size() >= 10));
            List<String> expected =
                    IntStream.rangeClosed(1, 10).mapToObj(id -> "" + id).toList();
            for (int i = 0; i < sessions; i++) {
                assertEquals(expected, ids(crowd.get(i), all.get(i)));
                crowd.get(i).close();
                all.get(i).close();
            }
        } finally {
            wire.close().onFailure(gone -> {});
        }
    }

    private static List<String> ids(TransportListener before, TransportListener now) {
        return before == now
                ? now.ids()
                : Stream.concat(before.ids().stream(), now.ids().stream()).toList();
    }

    private TransportListener listen(Transport transport, URI uri, String who, @Nullable String after) {
        JsonObject options = new JsonObject().put("stream", STREAM);
        return transport.open(uri, front.token(who, "staff"), after == null ? options : options.put("after", after));
    }

    /** On both nodes, which have one database. */
    private void commit(BroadcastFixture other, int count) {
        front.store.commit(count);
        other.store.commit(count);
    }

    /** A relay to a port, with a port of its own, whose connections can be cut. */
    private static int between(Vertx wire, int port) throws Exception {
        NetClient client = wire.createNetClient();
        return BroadcastFixture.done(wire.createNetServer()
                        .connectHandler(in -> {
                            in.pause();
                            client.connect(port, "127.0.0.1")
                                    .onSuccess(out -> {
                                        in.pipeTo(out).onFailure(gone -> {});
                                        out.pipeTo(in).onFailure(gone -> {});
                                    })
                                    .onFailure(gone -> in.close().onFailure(closed -> {}));
                        })
                        .listen(0, "127.0.0.1"))
                .actualPort();
    }

    private URI start(String upstream, String node, String more) throws Exception {
        int port = PORTS.free();
        nginx = new Nginx(
                folder,
                port,
                """
                gzip on; gzip_types *; gzip_proxied any;
                %s
                server {
                  listen 127.0.0.1:%d;
                  location / { proxy_pass http://%s; proxy_set_header Host $http_host; %s }
                }
                """
                        .formatted(upstream, port, node, more));
        return nginx.uri("/api/ws");
    }
}
