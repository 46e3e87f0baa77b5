package io.millrace.api.alert;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ApiFixture;
import io.millrace.api.MalformedRequestsTest;
import io.millrace.contracts.alert.ActiveAlert;
import io.millrace.contracts.alert.AlertCommand;
import io.millrace.contracts.alert.AlertMarks;
import io.millrace.contracts.alert.AlertReport;
import io.millrace.contracts.bus.Addresses;
import io.millrace.testkit.client.ApiClient;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AlertRoutesTest {
    private static final long MINUTE = TimeUnit.MINUTES.toMicros(1);
    private static final String KAFKA = "{\"alert\":\"breaker-open\",\"about\":\"kafka\"}";

    private final List<AlertCommand> ordered = new CopyOnWriteArrayList<>();

    private static void report(ApiFixture fixture) {
        fixture.publish(
                Addresses.ALERTS,
                new AlertReport(
                        "b/1", 0, false, List.of(new ActiveAlert("breaker-open", "kafka", 2 * MINUTE, "it is gone"))));
        fixture.publish(
                Addresses.ALERTS,
                new AlertReport(
                        "a/1",
                        0,
                        false,
                        List.of(
                                new ActiveAlert("queue-age", "", 3 * MINUTE, "it is old"),
                                new ActiveAlert("breaker-open", "kafka", MINUTE, "it was gone"))));
        await().until(() -> alerts(fixture).size() == 2
                && alerts(fixture).getJsonObject(0).getJsonArray("nodes").size() == 2);
    }

    private static JsonArray alerts(ApiFixture fixture) {
        return fixture.api("boss", "admin").get("/api/alerts").json().getJsonArray("alerts");
    }

    @Test
    void whatIsOnIsListedWithWhatToDoAndWhatWasSaid() throws Exception {
        try (ApiFixture fixture = new ApiFixture(MalformedRequestsTest.PACK)) {
            fixture.serve(
                    Addresses.ALERT_COMMANDS,
                    command -> Future.succeededFuture(new AlertMarks(
                            List.of(new AlertMarks.Acknowledgement("breaker-open", "kafka", "ann", MINUTE)),
                            List.of(
                                    new AlertMarks.Silence("queue-age", "", MINUTE, "known", "bob"),
                                    new AlertMarks.Silence("disk-full", "a/1", MINUTE, null, "bob")))));
            report(fixture);
            JsonObject page = fixture.api("boss", "admin").get("/api/alerts").json();
            JsonObject kafka = page.getJsonArray("alerts").getJsonObject(0);
            assertTrue(kafka.remove("guide").toString().contains("1. Is the service up"));
            assertEquals(
                    new JsonObject(
                            """
                            {"alert":"breaker-open","about":"kafka","since":"1970-01-01T00:01:00Z","message":"it was gone",
                             "severity":"error","nodes":["a/1","b/1"],"acknowledged":{"by":"ann","at":"1970-01-01T00:01:00Z"}}
                            """),
                    kafka);
            JsonObject silence = new JsonObject()
                    .put("by", "bob")
                    .put("until", "1970-01-01T00:01:00Z")
                    .put("reason", "known");
            assertEquals(silence, page.getJsonArray("alerts").getJsonObject(1).getJsonObject("silenced"));
            assertEquals(
                    silence.put("alert", "disk-full").put("about", "a/1").putNull("reason"),
                    page.getJsonArray("silences").getJsonObject(1));
        }
    }

    @Test
    void whatIsOnIsKnownWithoutPostgresql() throws Exception {
        try (ApiFixture fixture = new ApiFixture(MalformedRequestsTest.PACK)) {
            report(fixture);
            assertTrue(fixture.api("boss", "admin")
                    .get("/api/alerts")
                    .json()
                    .getString("unknown")
                    .startsWith("who acknowledged or silenced them is not known now"));
        }
    }

    @Test
    void actsAreDoneInTheOperatorsNameAndDeniedOnesRecorded() throws Exception {
        try (ApiFixture fixture = new ApiFixture(MalformedRequestsTest.PACK)) {
            fixture.serve(Addresses.ALERT_COMMANDS, command -> {
                ordered.add(command);
                return Future.succeededFuture(new AlertMarks(List.of(), List.of()));
            });
            ApiClient boss = fixture.api("boss", "admin");
            for (String act : List.of("acknowledge", "unacknowledge", "unsilence")) {
                assertEquals(200, boss.ask("POST", "/api/alerts/" + act, KAFKA).status());
            }
            String silence = KAFKA.replace("}", ",\"minutes\":90,\"reason\":\"a release\"}");
            long before = System.currentTimeMillis() * 1_000;
            assertEquals(200, boss.ask("POST", "/api/alerts/silence", silence).status());
            assertEquals(
                    403,
                    fixture.api("eve", "customer")
                            .ask("POST", "/api/alerts/acknowledge", KAFKA)
                            .status());
            await().until(() -> ordered.size() == 5);
            long until = ordered.get(3).untilMicros();
            assertTrue(until >= before + 90 * MINUTE && until < before + 92 * MINUTE);
            assertEquals(
                    List.of(
                            new AlertCommand(AlertCommand.Kind.ACKNOWLEDGE, "breaker-open", "kafka", 0, null, "boss"),
                            new AlertCommand(AlertCommand.Kind.UNACKNOWLEDGE, "breaker-open", "kafka", 0, null, "boss"),
                            new AlertCommand(AlertCommand.Kind.UNSILENCE, "breaker-open", "kafka", 0, null, "boss"),
                            new AlertCommand(
                                    AlertCommand.Kind.SILENCE, "breaker-open", "kafka", until, "a release", "boss"),
                            AlertCommand.denied("eve", "POST /api/alerts/acknowledge")),
                    ordered);
        }
    }
}
