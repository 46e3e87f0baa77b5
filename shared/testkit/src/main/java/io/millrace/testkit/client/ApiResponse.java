package io.millrace.testkit.client;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.util.List;

/** What the server said. */
public record ApiResponse(int status, HttpHeaders headers, String body) {
    static ApiResponse of(HttpResponse<String> response) {
        return new ApiResponse(response.statusCode(), response.headers(), response.body());
    }

    public JsonObject json() {
        return new JsonObject(body);
    }

    /** Of an answer to several events: one result each, in order. */
    public List<JsonObject> results() {
        return new JsonArray(body).stream().map(JsonObject.class::cast).toList();
    }

    /** Empty if it isn't there. */
    public String header(String name) {
        return headers.firstValue(name).orElse("");
    }

    @Override
    public String toString() {
        return status + " " + body;
    }
}
