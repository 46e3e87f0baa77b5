package io.millrace.systemtests.event;

import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;

/** Looks into the dead letters over HTTP. */
public final class DeadLettersView {
    static final String ALL = "/api/dead-letters";

    private DeadLettersView() {}

    /** The newest ones that a query covers. */
    static List<JsonObject> found(ApiClient admin, String query) {
        ApiResponse answer = admin.get(ALL + query);
        if (answer.status() != 200) {
            throw new IllegalStateException(answer.toString());
        }
        return answer.json().getJsonArray("letters").stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    /** An event's letter, once there is one. */
    public static JsonObject await(ApiClient admin, String event) {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> of(admin, event), letters -> !letters.isEmpty())
                .get(0);
    }

    private static List<JsonObject> of(ApiClient admin, String event) {
        return found(admin, "?limit=500").stream()
                .filter(letter -> event.equals(letter.getString("eventId")))
                .toList();
    }
}
