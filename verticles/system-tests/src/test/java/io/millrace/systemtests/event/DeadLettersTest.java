package io.millrace.systemtests.event;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.KafkaAccess;
import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** What an operator does about dead letters, from another process than the one that has them. */
@Order(22)
@OnPipeline(Pipeline.Layout.FOUR_PROCESSES)
final class DeadLettersTest {
    private final Pipeline pipeline;
    private final ApiClient admin;

    DeadLettersTest(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.admin = pipeline.api("op", "admin");
    }

    @Test
    void onlyRolesThatManageDeadLettersMaySeeOrChangeThem() {
        JsonObject all = new JsonObject().put("filter", new JsonObject().put("stream", Shop.INVENTORY));
        for (ApiClient stranger : List.of(pipeline.api("m-1", "manager"), pipeline.api("s-1", "staff", "customer"))) {
            assertEquals(403, stranger.get(DeadLettersView.ALL).status());
            assertEquals(403, stranger.get(DeadLettersView.ALL + "/1").status());
            assertEquals(403, act(stranger, "redrive", all).status());
            assertEquals(403, act(stranger, "discard", all).status());
            assertEquals(
                    403,
                    stranger.ask("PATCH", DeadLettersView.ALL + "/1", new JsonObject())
                            .status());
        }
        assertEquals(
                401,
                new ApiClient(pipeline.front().uri("/"), null)
                        .get(DeadLettersView.ALL)
                        .status());
    }

    @Test
    void aUserThatMaySeeAlertsIsToldOfEachLetter() {
        try (SocketClient client = pipeline.socket("op", "admin")) {
            StreamLog log = client.subscribe(Shop.SYSTEM);
            JsonObject letter = die(Shop.poison());

            await().until(() -> alertOf(log, letter) != null);

            JsonObject message = Objects.requireNonNull(alertOf(log, letter));
            assertEquals("alert", message.getString("type"));
            assertEquals("critical", message.getString("priority"));
            JsonObject data = message.getJsonObject("data").getJsonObject("data");
            boolean first = data.getLong("deadLetter").equals(letter.getLong("id"));
            assertTrue(!first || data.getString("message").contains(letter.getString("eventId")), data::encode);
        }
    }

    /** The alert that tells of a letter: by itself, or with others of its fingerprint; null if there is none yet. */
    private static @Nullable JsonObject alertOf(StreamLog log, JsonObject letter) {
        long id = letter.getLong("id");
        return log.ids().stream()
                .filter(alert -> alert.startsWith("dead-letter-"))
                .map(log::message)
                .filter(message -> {
                    JsonObject data = message.getJsonObject("data").getJsonObject("data");
                    return data.getString("fingerprint").equals(letter.getString("fingerprint"))
                            && data.getLong("deadLetter") <= id
                            && data.getLong("lastDeadLetter") >= id;
                })
                .findFirst()
                .orElse(null);
    }

    @Test
    void theyAreFoundByWhatTheyAreAndCountedByWhatTheyDiedOf() {
        JsonObject one = die(Shop.poison());
        JsonObject other = die(Shop.poison());
        String query = "?type=inventory:updated&stream=inventory&reason=version_conflict&state=dead&fingerprint="
                + one.getString("fingerprint") + "&from=" + one.getString("diedAt");

        List<JsonObject> found = DeadLettersView.found(admin, query + "&limit=1");
        ApiResponse next = admin.get(
                DeadLettersView.ALL + query + "&limit=1&after=" + found.get(0).getLong("id"));

        assertEquals(other.getLong("id"), found.get(0).getLong("id"));
        assertEquals(
                one.getLong("id"),
                next.json().getJsonArray("letters").getJsonObject(0).getLong("id"));
        assertEquals(List.of(), DeadLettersView.found(admin, query + "&to=" + one.getString("diedAt")));
        JsonArray counts = admin.get(DeadLettersView.ALL + query + "&counts=fingerprint")
                .json()
                .getJsonArray("counts");
        assertEquals(1, counts.size());
        assertEquals(2, counts.getJsonObject(0).getInteger("letters"));
        assertEquals(400, admin.get(DeadLettersView.ALL + "?state=alive").status());
        assertEquals(404, admin.get(DeadLettersView.ALL + "/999999999").status());
    }

    @Test
    void whatIsEditedAndRedrivenIsCommittedOnce() {
        JsonObject event = Shop.poison();
        String product = event.getJsonObject("data").getString("productId");
        JsonObject letter = die(event);
        String path = DeadLettersView.ALL + "/" + letter.getLong("id");
        JsonObject change = new JsonObject()
                .put("data", event.getJsonObject("data").copy().put("difference", -2))
                .put("metadata", new JsonObject().putNull("expectedVersion"));

        ApiResponse refused = admin.ask("PATCH", path, new JsonObject().put("data", new JsonObject()));
        ApiResponse edited = admin.ask("PATCH", path, change);
        ApiResponse counted = act(admin, "redrive", ids(letter).put("dryRun", true));
        ApiResponse redriven = act(admin, "redrive", ids(letter));

        assertEquals(422, refused.status(), refused::toString);
        assertEquals("invalid_event", refused.json().getString("code"));
        assertEquals(200, edited.status(), edited::toString);
        assertEquals(event.getString("id"), edited.json().getJsonObject("event").getString("id"));
        assertEquals("{\"dryRun\":true,\"matched\":1,\"redriven\":0,\"remaining\":1}", counted.body());
        assertEquals("{\"dryRun\":false,\"matched\":1,\"redriven\":1,\"remaining\":0}", redriven.body());
        await().until(() ->
                admin.entity("stock", product, "Cache-Control", "no-cache").status() == 200);
        // The sender tries once more with what the operator made of it: it is there.
        ApiResponse again =
                admin.post(ApiClient.event(event.getString("id"), "inventory:updated", change.getJsonObject("data"))
                        .put("source", letter.getString("source"))
                        .put("metadata", new JsonObject().put("priority", "high")));
        assertEquals("duplicate", again.json().getString("status"), again::toString);
        JsonObject stock =
                admin.entity("stock", product, "Cache-Control", "no-cache").json();
        assertEquals(1, stock.getInteger("version"));
        assertEquals(-2, stock.getJsonObject("state").getInteger("difference"));
        assertEquals("redriven", admin.get(path).json().getString("state"));
        assertEquals(0, act(admin, "redrive", ids(letter)).json().getInteger("matched"));
    }

    @Test
    void aDiscardedLetterIsNotOpenAnyMore() {
        JsonObject letter = die(Shop.poison());
        JsonObject filter =
                new JsonObject().put("filter", new JsonObject().put("fingerprint", letter.getString("fingerprint")));

        JsonObject counted =
                act(admin, "discard", filter.copy().put("dryRun", true)).json();
        ApiResponse discarded = act(admin, "discard", filter);

        assertTrue(counted.getInteger("matched") >= 1, counted::encode);
        assertEquals(counted.getInteger("matched"), discarded.json().getInteger("discarded"), discarded::toString);
        assertEquals(
                "discarded",
                admin.get(DeadLettersView.ALL + "/" + letter.getLong("id"))
                        .json()
                        .getString("state"));
        // Nobody means all of them by saying nothing, or by a slip.
        assertEquals(400, act(admin, "discard", new JsonObject()).status());
        assertEquals(
                400,
                act(admin, "discard", new JsonObject().put("filter", new JsonObject().put("tpye", "a:b")))
                        .status());
    }

    @Test
    void aRecordThatIsNoEventIsKeptAsItCame() {
        byte[] garbage = Shop.unique("no event").getBytes(StandardCharsets.UTF_8);
        String key = Shop.unique("stream");
        KafkaAccess.send(pipeline.backends().kafkaBootstrap(), key, garbage);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> !DeadLettersView.found(admin, "?stream=" + key).isEmpty());

        long id = DeadLettersView.found(admin, "?stream=" + key).get(0).getLong("id");
        JsonObject letter = admin.get(DeadLettersView.ALL + "/" + id).json();

        assertEquals("bad_message", letter.getString("reason"));
        assertNull(letter.getValue("event"));
        assertEquals(Base64.getEncoder().encodeToString(garbage), letter.getString("record"));
    }

    private JsonObject die(JsonObject event) {
        admin.post(event);
        return DeadLettersView.await(admin, event.getString("id"));
    }

    private static JsonObject ids(JsonObject letter) {
        return new JsonObject().put("ids", new JsonArray().add(letter.getLong("id")));
    }

    private static ApiResponse act(ApiClient who, String what, JsonObject body) {
        return who.ask("POST", DeadLettersView.ALL + "/" + what, body);
    }
}
