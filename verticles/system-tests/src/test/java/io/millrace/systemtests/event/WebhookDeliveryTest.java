package io.millrace.systemtests.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** A sender of webhooks (Standard Webhooks) and the whole pipeline, by the example conf/sources/standard.yaml.example. */
@Order(4)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
final class WebhookDeliveryTest {
    private static final byte[] SECRET =
            Base64.getDecoder().decode(System.getenv("BILLING_WEBHOOK_SECRET").substring("whsec_".length()));

    private final HttpClient client = HttpClient.newHttpClient();
    private final Pipeline pipeline;
    private final ApiClient manager;

    WebhookDeliveryTest(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.manager = pipeline.api("m-1", "manager");
    }

    @Test
    void aDeliveryThatIsRepeatedAtOnceAndLaterIsOnePayment() {
        String before = manager.head("payments");
        String id = Shop.unique("delivery");
        String body = invoice(id, "12.50").encode();
        List<CompletableFuture<HttpResponse<String>>> sent = IntStream.range(0, 20)
                .mapToObj(i -> send(id, body, Instant.now().getEpochSecond()))
                .toList();
        sent.forEach(answer -> assertEquals(200, answer.join().statusCode(), answer.join()::body));
        assertEquals(200, send(id, body, Instant.now().getEpochSecond()).join().statusCode());
        assertEquals(List.of(id), Shop.eventIds(manager.historyAfter("payments", before)));
        ApiResponse payment = manager.entity("payment", "pay-" + id);
        assertEquals(200, payment.status());
        assertTrue(payment.body().contains("12.50"), payment.body());
    }

    @Test
    void whatIsTooOldUnsignedOrOfAnotherBodyIsStoredNowhere() {
        String before = manager.head("payments");
        String id = Shop.unique("delivery");
        String body = invoice(id, "12.50").encode();
        long now = Instant.now().getEpochSecond();
        assertEquals(401, send(id, body, now - 302).join().statusCode());
        assertEquals(401, send(id, body, now + 310).join().statusCode());
        assertEquals(
                401, send(id, body, signature(id, body, now), now + 1).join().statusCode());
        assertEquals(
                401,
                send(id, body.replace("12.50", "99.00"), signature(id, body, now), now)
                        .join()
                        .statusCode());
        assertEquals(List.of(), manager.historyAfter("payments", before));
    }

    @Test
    void theSameDeliveryWithAnotherBodyAndOneThatThePackRefusesAreAnsweredSo() {
        String id = Shop.unique("delivery");
        assertEquals(
                200,
                send(id, invoice(id, "1").encode(), Instant.now().getEpochSecond())
                        .join()
                        .statusCode());
        HttpResponse<String> other = send(
                        id, invoice(id, "2").encode(), Instant.now().getEpochSecond())
                .join();
        assertEquals(409, other.statusCode(), other.body());
        assertTrue(other.body().contains("id_conflict"), other.body());
        String second = Shop.unique("delivery");
        JsonObject early = invoice(second, "1").put("timestamp", "2199-01-01T00:00:00Z");
        HttpResponse<String> refused =
                send(second, early.encode(), Instant.now().getEpochSecond()).join();
        assertEquals(422, refused.statusCode(), refused.body());
    }

    @Test
    void aFieldOfADeliveryIsKeptAsItIsAndANameOfSeveralLinesIsRefused() {
        String hostile = "'); drop table events; --\r\nX-Injected: 1\u202e\u200b<script>";
        String id = Shop.unique("delivery");
        JsonObject order = invoice(id, "1");
        order.getJsonObject("data").put("order", hostile);
        assertEquals(
                200,
                send(id, order.encode(), Instant.now().getEpochSecond()).join().statusCode());
        assertEquals(
                hostile,
                manager.entity("payment", "pay-" + id)
                        .json()
                        .getJsonObject("state")
                        .getString("orderId"));
        String other = Shop.unique("delivery");
        JsonObject payment = invoice(other, "1");
        payment.getJsonObject("data").put("id", hostile);
        HttpResponse<String> refused =
                send(other, payment.encode(), Instant.now().getEpochSecond()).join();
        assertEquals(422, refused.statusCode(), refused.body());
        assertEquals("invalid_event", new JsonObject(refused.body()).getString("code"));
    }

    @Test
    void aDeliveryThatNoRuleIsForIsOneDeadLetterThatStandsUntilThereIsARule() {
        ApiClient operator = pipeline.api("op-1", "admin");
        String id = Shop.unique("delivery");
        String body =
                new JsonObject().put("type", "invoice.voided").put("id", id).encode();
        for (int i = 0; i < 2; i++) {
            assertEquals(
                    200, send(id, body, Instant.now().getEpochSecond()).join().statusCode());
        }
        List<JsonObject> mine =
                operator.get("/api/dead-letters?reason=unknown_type&state=dead").json().getJsonArray("letters").stream()
                        .map(letter -> ((JsonObject) letter).getLong("id"))
                        .map(letter ->
                                operator.get("/api/dead-letters/" + letter).json())
                        .filter(letter -> letter.encode().contains(id))
                        .toList();
        assertEquals(1, mine.size());
        assertEquals("billing", mine.get(0).getString("source"));
        assertEquals("sources", mine.get(0).getString("stage"));
        JsonObject one = new JsonObject().put("ids", List.of(mine.get(0).getLong("id")));
        ApiResponse redriven = operator.ask("POST", "/api/dead-letters/redrive", one);
        assertEquals(422, redriven.status(), redriven.body());
        assertTrue(redriven.body().contains("no rule of the source billing"), redriven.body());
        assertEquals(200, operator.ask("POST", "/api/dead-letters/discard", one).status());
    }

    private static JsonObject invoice(String id, String amount) {
        return new JsonObject()
                .put("type", "invoice.paid")
                .put("timestamp", "2026-11-01T10:00:00Z")
                .put(
                        "data",
                        new JsonObject()
                                .put("id", "pay-" + id)
                                .put("order", "o-1")
                                .put("amount", amount)
                                .put("currency", "GBP"));
    }

    private CompletableFuture<HttpResponse<String>> send(String id, String body, long seconds) {
        return send(id, body, signature(id, body, seconds), seconds);
    }

    private CompletableFuture<HttpResponse<String>> send(String id, String body, String signature, long seconds) {
        return client.sendAsync(
                HttpRequest.newBuilder(pipeline.broadcast().uri("/api/webhooks/billing"))
                        .header("Content-Type", "application/json")
                        .header("webhook-id", id)
                        .header("webhook-timestamp", Long.toString(seconds))
                        .header("webhook-signature", signature)
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private static String signature(String id, String body, long seconds) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(SECRET, "HmacSHA256"));
            byte[] code = mac.doFinal((id + "." + seconds + "." + body).getBytes(StandardCharsets.UTF_8));
            return "v1," + Base64.getEncoder().encodeToString(code);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
