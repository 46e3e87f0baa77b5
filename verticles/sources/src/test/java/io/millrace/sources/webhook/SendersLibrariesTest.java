package io.millrace.sources.webhook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.sources.SourcesFixture;
import io.millrace.testkit.process.NpmPackages;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Deliveries that are signed by their senders' own libraries in Node: all examples of GitHub's webhooks, and Stripe's and
 * Standard Webhooks' of several ages. What the library accepts is accepted here, and nothing else.
 */
class SendersLibrariesTest {
    private static final Path SENDERS = Path.of("src/test/js/senders");
    private static final Path INSTALLED = Path.of("target/senders");
    private static final String GITHUB = "of the tests: ä and more";
    private static final String STRIPE = "whsec_of_the_tests";
    private static final String STANDARD = "whsec_b2YgdGhlIHRlc3RzLCBhbmQgbG9uZyBlbm91Z2g=";

    /** One rule for deliveries of any kind. */
    private static final String ANY =
            """
            source: %1$s
            as: { user: %1$s, roles: [webhook] }
            webhook: { scheme: %1$s, secrets: [%2$s] }
            events:
              - type: repo:pushed
                id: "%3$s"
                data:
                  action: { column: action, optional: true }
                  whole: { column: %4$s, as: json, optional: true }
            """;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private static List<JsonObject> send(int port) throws IOException, InterruptedException {
        try {
            NpmPackages.install(SENDERS, INSTALLED);
        } catch (IOException notThere) {
            return Assumptions.abort("without npm no sender's library is there: " + notThere.getMessage());
        }
        Path said = INSTALLED.resolve("sent.log");
        JsonObject secrets =
                new JsonObject().put("github", GITHUB).put("stripe", STRIPE).put("standard", STANDARD);
        Process node = new ProcessBuilder("node", "send.js", "http://127.0.0.1:" + port, secrets.encode())
                .directory(INSTALLED.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        boolean ended = node.waitFor(90, TimeUnit.SECONDS);
        node.destroyForcibly();
        String output = Files.readString(said);
        assertTrue(ended && node.exitValue() == 0, output);
        return output.lines().map(JsonObject::new).toList();
    }

    @Test
    @Timeout(240)
    void whatALibraryAcceptsIsAcceptedAndNothingElse() throws Exception {
        Files.writeString(folder.resolve("github.yaml"), ANY.formatted("github", "G", "{#delivery}", "sender"));
        Files.writeString(folder.resolve("stripe.yaml"), ANY.formatted("stripe", "S", "{id}", "data"));
        Files.writeString(folder.resolve("standard.yaml"), ANY.formatted("standard", "W", "{#delivery}", "data"));
        try (SourcesFixture front = new SourcesFixture(folder, Map.of("G", GITHUB, "S", STRIPE, "W", STANDARD))) {
            List<JsonObject> sent = send(front.port);
            for (JsonObject delivery : sent) {
                assertEquals(
                        delivery.getBoolean("accepted") ? 200 : 401,
                        delivery.getInteger("status"),
                        delivery::encodePrettily);
            }
            Map<String, Long> accepted = sent.stream()
                    .filter(delivery -> delivery.getBoolean("accepted"))
                    .collect(Collectors.groupingBy(delivery -> delivery.getString("sender"), Collectors.counting()));
            assertEquals(Map.of("github", 329L, "stripe", 6L, "standard", 6L), accepted);
            assertEquals(341, front.published.size(), "one event of each");
            assertTrue(sent.stream().anyMatch(delivery -> !delivery.getBoolean("accepted")));
        }
    }
}
