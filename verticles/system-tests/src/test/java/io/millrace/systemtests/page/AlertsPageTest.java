package io.millrace.systemtests.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.RedisAccess;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.millrace.testkit.process.Release;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** An operator sees in a real browser what is wrong, says that they look after it, mends it, and sees that it is over. */
@Order(12)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
final class AlertsPageTest {
    /** What has one of these in its path can't be reached: at first, what was. */
    private static final String AWAY =
            """
            const real = window.fetch;
            window.away = ['/events?last='];
            window.fetch = (path, how) =>
              window.away.some((part) => path.includes(part)) ? Promise.reject(new TypeError('away')) : real(path, how);
            """;

    private final Pipeline pipeline;
    private final RedisAccess redis;
    private final String source = Shop.unique("late");
    private MillraceProcess node;
    private Browser browser;

    AlertsPageTest(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.redis = new RedisAccess(pipeline.backends().redisUri());
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(60));
    }

    /** A node with a source whose stream is none, until somebody deletes it. */
    @BeforeEach
    void start() throws IOException {
        redis.ask("SET", source, "not a stream");
        Path conf = Repository.OUTPUTS.resolve("alerts-conf");
        Repository.delete(conf);
        try (Stream<Path> files = Files.walk(Repository.CONF)) {
            for (Path file : files.toList()) {
                Files.copy(file, conf.resolve(Repository.CONF.relativize(file).toString()));
            }
        }
        Files.writeString(
                conf.resolve("sources/" + source + ".yaml"),
                """
                source: %s
                as: { user: late, roles: [admin] }
                redis: { streams: [%s] }
                events: [{ type: "system:notification", id: "{#id}", data: { message: "{message}" } }]
                """
                        .formatted(source, source));
        MillraceProcess.Builder builder = new MillraceProcess.Builder(
                        "alerts", Release.here(conf), Repository.OUTPUTS, Pipeline.SECRET, new Ports())
                .set("sources.backoff.max", "500ms")
                .set("alerts.task.failing", "1s")
                .set("alerts.resolve.after", "1s");
        List<String> members = new ArrayList<>(pipeline.members());
        members.add(builder.clusterAddress());
        node = builder.stages("sources", "broadcast", "api", "dashboard")
                .backends(pipeline.backends())
                .cluster(pipeline.clusterName(), members)
                .start();
        browser = Browser.start();
    }

    @AfterEach
    void stop() {
        if (browser != null) {
            browser.close();
        }
        if (node != null) {
            node.terminate();
            node.close();
        }
        redis.ask("DEL", source);
    }

    private String cards() {
        return String.join("\n", browser.texts("alert"));
    }

    private void act(String button) {
        browser.evaluate(
                "[...document.querySelectorAll('[data-testid=alert]')].find((card) => card.textContent.includes('"
                        + source + "')).querySelector('[data-testid=" + button + "]').click()");
        await().until(() -> !browser.find("dialog[open] [data-testid=confirm]").isEmpty());
    }

    @Test
    void anAlertAppearsIsAcknowledgedAndSilencedAndIsOverWhenItsCauseIs() throws IOException {
        browser.before(AWAY);
        browser.open(node.uri("/console#token=" + pipeline.signer().token("boss", "admin"))
                .toString());
        await().until(() -> browser.count("view-alerts") == 1);
        browser.click("view-alerts");
        await().until(() -> cards().contains("Source failing: " + source));
        assertTrue(cards().contains("is no stream"), cards());
        assertTrue(browser.text("alerts-summary").contains("somebody"));
        await().until(() -> browser.text("alerts-none").startsWith("What was can’t be read now, and is tried again"));
        browser.evaluate("window.away = []");
        // By then its row is in PostgreSQL, on which an acknowledgement stands.
        await().until(() -> browser.texts("alert-past").stream().anyMatch(line -> line.contains(source)));
        // A node that was busy for some seconds has told nothing, and its alerts are away until it does.
        await().until(() -> {
            browser.evaluate(
                    "document.querySelectorAll('[data-testid=alert] details').forEach(each => each.open = true)");
            return cards().contains("The message says what is wrong and what to do");
        });
        browser.screenshot("alerts");
        aPageThatCannotReadClaimsNoCalm();

        act("acknowledge");
        browser.click("confirm");
        await().until(() -> cards().contains("boss looks after it"));
        assertEquals("", browser.text("alerts-told"));
        browser.prefer("dark");
        browser.resize(360, 740);
        await().until(() -> browser.evaluate("return innerWidth").equals(360L));
        assertEquals(
                0L,
                browser.evaluate("return document.documentElement.scrollWidth - document.documentElement.clientWidth"));
        browser.screenshot("alerts-360-dark");

        act("silence");
        browser.enter("silence-reason", "it is being mended");
        browser.screenshot("alerts-silence-360-dark");
        browser.click("confirm");
        await().until(() -> browser.texts("silenced").stream()
                .anyMatch(card ->
                        card.contains(source) && card.contains("it is being mended") && card.contains("It is on")));
        assertTrue(!cards().contains(source), cards());

        // What is silenced raises nothing, but what was raised is told to be over.
        redis.ask("DEL", source);
        await().until(() -> browser.texts("silenced").stream()
                .anyMatch(card -> card.contains(source) && card.contains("It is not on")));
        await().until(() -> browser.texts("alert-past").stream()
                .anyMatch(line -> line.contains("over: source failing: " + source)));
        browser.evaluate(
                "[...document.querySelectorAll('[data-testid=silenced]')].find((card) => card.textContent.includes('"
                        + source + "')).querySelector('button').click()");
        await().until(() -> !browser.find("dialog[open] [data-testid=confirm]").isEmpty());
        browser.click("confirm");
        await().until(() -> browser.texts("silenced").stream().noneMatch(card -> card.contains(source)));
        assertEquals(List.of(), browser.scriptErrors());
        browser.prefer("light");
        browser.resize(1280, 900);
        browser.screenshot("alerts-history");
    }

    private void aPageThatCannotReadClaimsNoCalm() throws IOException {
        browser.evaluate("window.away = ['/api/alerts']");
        await().until(() -> browser.text("alerts-summary").startsWith("What is wrong is unknown since"));
        assertTrue(browser.text("alerts-problem").contains("can’t be reached"), browser.text("alerts-problem"));
        act("acknowledge");
        browser.click("confirm");
        await().until(() -> browser.text("alerts-told").startsWith("Whether it was done isn’t known"));
        browser.screenshot("alerts-away");
        browser.evaluate("window.away = []");
        await().until(() -> browser.text("alerts-summary").contains("somebody"));
        assertEquals("", browser.text("alerts-problem"));
        assertTrue(browser.text("alerts-told").startsWith("Whether it was done"), "it stays until the next act");
    }
}
