package io.millrace.systemtests.event;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportClient;
import io.millrace.testkit.client.TransportListener;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** A token is revoked on one node: every other refuses it, and ends its connections, also one that starts later. */
@Order(23)
@OnPipeline(Pipeline.Layout.FOUR_PROCESSES)
final class RevocationTest {
    /** A thousand in the long form. */
    private static final int CONNECTIONS = Integer.getInteger("millrace.revocation.connections", 200);

    private static final long SOON_MS = 2_000;

    private final Pipeline pipeline;
    private final ApiClient admin;

    RevocationTest(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.admin = pipeline.api("boss", "admin");
    }

    @Test
    void everyConnectionOfARevokedUserEndsOnEveryNodeWithinTwoSeconds() {
        String user = Shop.unique("victim");
        String token = pipeline.signer().token(user, "staff");
        MillraceProcess second = pipeline.add("broadcast").get(0);
        URI[] nodes = {pipeline.broadcast().uri("/api/ws"), second.uri("/api/ws")};
        try (TransportClient client = new TransportClient(HttpVersion.HTTP_1_1, 2 * CONNECTIONS)) {
            List<TransportListener> connected = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                connected.add(Transport.WEBSOCKET.open(client, nodes[i % 2], token, orders()));
            }
            TransportListener other =
                    Transport.WEBSOCKET.open(client, nodes[1], pipeline.signer().token("other", "staff"), orders());
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> other.first("subscribed") != null
                            && connected.stream().allMatch(one -> one.first("subscribed") != null));

            long[] afterMs = revokeAndWait(user, connected);
            System.out.println("revoked " + CONNECTIONS + " connections: p50 " + afterMs[CONNECTIONS / 2] + " ms, p99 "
                    + afterMs[CONNECTIONS * 99 / 100] + " ms, max " + afterMs[CONNECTIONS - 1] + " ms");
            assertTrue(afterMs[CONNECTIONS - 1] <= SOON_MS, "the last after " + afterMs[CONNECTIONS - 1] + " ms");
            assertTrue(connected.stream().allMatch(one -> one.endCode() == 4401));
            assertTrue(connected.stream().allMatch(RevocationTest::wasToldWhy));
            assertEquals(
                    0, connected.stream().filter(one -> one.eventCount() > 0).count());
            assertEquals(-1, other.endCode(), "others go on");
            assertRefused(user, token, nodes);
        } finally {
            second.kill();
            second.close();
        }

        // A node that was not there reads it at its start.
        MillraceProcess third = pipeline.add("broadcast").get(0);
        try {
            assertEquals(401, stats(third.uri("/"), token).status());
            long id = revocation(user).getLong("id");
            assertEquals(200, admin.ask("DELETE", "/api/revocations/" + id, "").status());
            await().atMost(Duration.ofMillis(SOON_MS))
                    .until(() -> stats(third.uri("/"), token).status() == 403
                            && pipeline.api(user, "staff").get("/api/types").status() == 200);
            assertEquals(404, admin.ask("DELETE", "/api/revocations/" + id, "").status());
        } finally {
            third.terminate();
            third.close();
        }
    }

    /** Milliseconds from the request until each connection had ended, the shortest first. */
    private long[] revokeAndWait(String user, List<TransportListener> connected) {
        long start = System.nanoTime();
        ApiResponse made = admin.ask("POST", "/api/revocations", "{\"user\":\"" + user + "\"}");
        assertEquals(201, made.status(), made.body());
        long[] afterMs = new long[connected.size()];
        await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(2)).until(() -> {
            long now = (System.nanoTime() - start) / 1_000_000;
            boolean all = true;
            for (int i = 0; i < afterMs.length; i++) {
                if (afterMs[i] == 0 && connected.get(i).hasEnded()) {
                    afterMs[i] = Math.max(1, now);
                }
                all &= afterMs[i] > 0;
            }
            return all;
        });
        Arrays.sort(afterMs);
        return afterMs;
    }

    private void assertRefused(String user, String token, URI... nodes) {
        for (URI node : nodes) {
            ApiResponse refused = stats(node, token);
            assertEquals(401, refused.status());
            assertEquals("token_revoked", refused.json().getString("code"));
        }
        ApiClient revoked = pipeline.api(user, "staff");
        await().atMost(Duration.ofMillis(SOON_MS))
                .until(() -> revoked.get("/api/types").status() == 401);
        assertEquals("token_revoked", revoked.post(Shop.order()).json().getString("code"));
    }

    private JsonObject revocation(String user) {
        return admin.get("/api/revocations").json().getJsonArray("revocations").stream()
                .map(JsonObject.class::cast)
                .filter(one -> user.equals(one.getString("user")))
                .findFirst()
                .orElseThrow();
    }

    private static boolean wasToldWhy(TransportListener listener) {
        JsonObject error = listener.first("error");
        return error != null && error.getString("code").equals("token_revoked");
    }

    private static ApiResponse stats(URI node, String token) {
        return new ApiClient(node.resolve("/"), token).get("/api/ws/stats");
    }

    private static JsonObject orders() {
        return new JsonObject().put("stream", Shop.ORDERS);
    }
}
