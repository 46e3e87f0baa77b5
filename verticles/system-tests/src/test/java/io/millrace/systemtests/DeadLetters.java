package io.millrace.systemtests;

import io.millrace.testkit.Answer;
import io.millrace.testkit.Api;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;

/** Looks into the dead letters over HTTP. */
final class DeadLetters {
    static final String ALL = "/api/dead-letters";

    private DeadLetters() {}

    /** The newest ones that a query covers. */
    static List<JsonObject> found(Api admin, String query) {
        Answer answer = admin.get(ALL + query);
        if (answer.status() != 200) {
            throw new IllegalStateException(answer.toString());
        }
        return answer.json().getJsonArray("letters").stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    /** An event's letter, once there is one. */
    static JsonObject await(Api admin, String event) {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> of(admin, event), letters -> !letters.isEmpty())
                .get(0);
    }

    private static List<JsonObject> of(Api admin, String event) {
        return found(admin, "?limit=500").stream()
                .filter(letter -> event.equals(letter.getString("eventId")))
                .toList();
    }
}
