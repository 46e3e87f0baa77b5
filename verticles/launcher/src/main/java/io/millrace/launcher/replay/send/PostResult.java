package io.millrace.launcher.replay.send;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.millrace.contracts.failure.Failure;
import io.millrace.mapping.MappedEvent;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The answer to a request with events, and its meaning for the sender. */
sealed interface PostResult {
    /** One result for each event, in order. */
    record Answered(List<EventResult> results) implements PostResult {}

    /** Retry later; {@code after} is the server's Retry-After, null if it has none. */
    record Busy(String why, @Nullable Duration after) implements PostResult {}

    /** Retry with fewer events. */
    record TooLarge(String why) implements PostResult {}

    /** The request itself is refused, whichever events it has. */
    record Refused(String why) implements PostResult {}

    JsonMapper JSON = new JsonMapper();
    /** The statuses of a proxy for an unavailable server, besides 503. */
    Set<Integer> TRY_AGAIN = Set.of(429, 502, 503, 504);

    int BAD_REQUEST = 400;
    int UNAUTHENTICATED = 401;
    int FORBIDDEN = 403;
    int NOT_FOUND = 404;
    int TOO_LARGE = 413;

    static PostResult of(HttpResponse<byte[]> response, List<MappedEvent> sent) {
        int status = response.statusCode();
        JsonNode body = json(response.body());
        String why = why(status, body);
        if (TRY_AGAIN.contains(status)) {
            return new Busy(why, retryAfter(response));
        }
        if (status == TOO_LARGE && sent.size() > 1) {
            return new TooLarge(why);
        }
        if (status < BAD_REQUEST) {
            return answered(body, sent);
        }
        // A request with a single event is refused because of that event, unless the failure is about identity or
        // address.
        boolean whole = status == UNAUTHENTICATED || status == FORBIDDEN || status == NOT_FOUND;
        return sent.size() == 1 && body.has("code") && !whole
                ? new Answered(List.of(result(sent.get(0), EventResult.FAILED, body)))
                : new Refused(why);
    }

    private static PostResult answered(JsonNode body, List<MappedEvent> sent) {
        if (body.isObject() && sent.size() == 1) {
            return new Answered(List.of(result(sent.get(0), body.path("status").asText(), body)));
        }
        if (body.size() != sent.size() || !body.isArray()) {
            return new Refused("the answer holds " + body.size() + " results for " + sent.size()
                    + " events: is this a Millrace server?");
        }
        List<EventResult> results = new ArrayList<>();
        for (int i = 0; i < sent.size(); i++) {
            results.add(result(sent.get(i), body.get(i).path("status").asText(), body.get(i)));
        }
        return new Answered(results);
    }

    private static EventResult result(MappedEvent event, String status, JsonNode body) {
        if (!status.equals(EventResult.FAILED)) {
            return new EventResult(event, status, "", "");
        }
        StringBuilder detail = new StringBuilder(body.path("detail").asText());
        for (JsonNode error : body.path("errors")) {
            detail.append("; ")
                    .append(error.path("pointer").asText())
                    .append(' ')
                    .append(error.path("detail").asText());
        }
        return new EventResult(event, status, body.path("code").asText("unknown"), detail.toString());
    }

    /** Whether the same event may be accepted later. */
    static boolean retryable(EventResult result) {
        Failure failure = Failure.ofCode(result.code());
        return result.failed() && failure != null && failure.retryable();
    }

    private static String why(int status, JsonNode body) {
        String code = body.path("code").asText();
        String detail = body.path("detail").asText();
        return "HTTP " + status + (code.isEmpty() ? "" : " " + code) + (detail.isEmpty() ? "" : ": " + detail);
    }

    private static JsonNode json(byte[] body) {
        try {
            return JSON.readTree(new String(body, StandardCharsets.UTF_8));
        } catch (JsonProcessingException noJson) {
            return JSON.missingNode();
        }
    }

    private static @Nullable Duration retryAfter(HttpResponse<byte[]> response) {
        String header = response.headers().firstValue("Retry-After").orElse("");
        return header.matches("\\d{1,6}") ? Duration.ofSeconds(Long.parseLong(header)) : null;
    }
}
