package io.millrace.broadcast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Query parameters of server-sent events and of polls: which are refused, and with which error. */
@Timeout(60)
class QueryParametersTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static BroadcastFixture front;

    @BeforeAll
    static void begin() throws Exception {
        front = new BroadcastFixture();
    }

    @AfterAll
    static void end() {
        front.close();
    }

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "stream=orders&state=1                               | state must be true or false",
                "stream=orders&state=                                | state must be true or false",
                "stream=orders&delta=yes                             | delta must be true or false",
                "stream=orders&delta=TRUE                            | delta must be true or false",
                "stream=orders&rate=1f                               | rate must be a number",
                "stream=orders&rate=0x1p3                            | rate must be a number",
                "stream=orders&rate=NaN                              | rate must be a number",
                "stream=orders&rate=1e999999999                      | rate must be a number",
                "stream=orders&rate=1e-99999999999                   | rate must be a number",
                "stream=orders&rate=0                                | rate must be a number",
                "stream=orders&slow=never                            | slow must be",
                "stream=orders&after=yesterday                       | after must be the position",
                "stream=orders&after=2026-01-31                      | without a time of day",
                "stream=orders&after=12:30                           | after must be the position",
                "stream=orders&after=2026-01-31T09:30:00+01:00       | write it as %2B",
                "stream=orders&filter=                               | filter is empty",
                "stream=orders&filter=%7B                            | filter is not JSON",
                "stream=orders&filter=5                              | filter: ",
                "stream=orders&filter=%7B%22data.a%22:1e999999999%7D | filter holds a number that can't be kept",
                "stream=orders&filter=%7B%22data.a%22:%22%5Cud800%22%7D | filter holds half a surrogate pair",
                "stream=                                             | stream must be a string",
                "nothing=here                                        | name a stream",
            })
    void everyQueryThatCannotBeReadIs400(String query, String why) throws Exception {
        for (String path : new String[] {"/api/sse?", "/api/poll?"}) {
            refused(400, why, path + query, "k1:0");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "wait=-1, wait must be a whole number", "wait=1.5, wait must be a whole number",
        "limit=x, limit must be a whole number", "wait=99999999999999999999, wait must be a whole number"
    })
    void everyPollNumberThatCannotBeReadIs400(String query, String why) throws Exception {
        refused(400, why, "/api/poll?stream=orders&" + query, "");
    }

    /** As a browser sends it that has received no id yet. */
    @Test
    void anEmptyLastEventIdIsIgnored() throws Exception {
        refused(400, "after must be the position", "/api/sse?stream=orders&after=yesterday", "");
    }

    private static void refused(int status, String why, String path, String lastEventId) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(front.uri.resolve(path))
                .header("Authorization", "Bearer " + front.token("s-1", "staff"));
        request.header("Last-Event-ID", path.contains("after=") ? "" : lastEventId);
        HttpResponse<String> response = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        assertEquals(status, response.statusCode(), response.body());
        JsonObject problem = new JsonObject(response.body());
        assertEquals("bad_message", problem.getString("code"));
        assertTrue(problem.getString("detail").contains(why), problem.getString("detail"));
        MalformedMessagesTest.harmless(problem);
    }
}
