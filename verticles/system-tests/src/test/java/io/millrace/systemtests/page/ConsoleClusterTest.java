package io.millrace.systemtests.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.backends.RunningBackends;
import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.load.PacedLoad;
import io.millrace.testkit.process.Pipeline;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** The views of the console that say how the whole is, over the running pipeline in a real browser. */
@Order(12)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
final class ConsoleClusterTest {
    /** Sinks as the server lists them, and a note of what is sent about them. */
    private static final String SINKS =
            """
            const real = window.fetch;
            window.sent = [];
            const answers = window.answers = {
              '/api/sinks': { sinks: [
                { sink: 'hooks/erp', kind: 'webhook', state: 'stopped', waiting: 12, dead: 2, disabled: 'since 9:30: answered 410',
                  nodes: [{ node: 'a/1', state: 'stopped', lag: 40, lastError: { at: '2026-01-31T09:30:00Z', message: 'answered 410' } }] },
                { sink: 'feed', kind: 'redis', state: 'running', waiting: 0, dead: 0, nodes: [{ node: 'a/1', state: 'running', lag: 0 }] }] },
              '/api/sinks/dead?sink=hooks%2Ferp&limit=100': { sink: 'hooks/erp', all: 2, dead: [
                { id: 17, stream: 'orders', position: 'k3:1', attempts: 5, since: '2026-01-31T09:30:00Z', error: 'answered 500' },
                { id: 18, stream: 'orders', position: 'k3:2', attempts: 5, since: '2026-01-31T09:30:00Z', error: '<b>answered</b>' }] },
              '/api/sinks/enable': { sink: 'hooks/erp', wasDisabled: true },
              '/api/sinks/redrive': { sink: 'hooks/erp', matched: 2, redriven: 1, remaining: 1 },
              '/api/sinks/replay': { sink: 'hooks/erp', stream: 'orders', position: 'k3:100' },
            };
            window.fetch = (path, how) => {
              if (answers[path] === undefined) {
                return real(path, how);
              }
              how?.body && window.sent.push(path + ' ' + how.body);
              return Promise.resolve(Response.json(answers[path]));
            };
            """;

    private final Pipeline pipeline;
    private Browser browser;

    ConsoleClusterTest(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    /** How fast the page is isn't asked here, and other classes make the machine busy. */
    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(30));
    }

    @BeforeEach
    void start() throws IOException {
        browser = Browser.start();
    }

    @AfterEach
    void close() {
        if (browser != null) {
            browser.close();
        }
    }

    private void open(String view) {
        String token = pipeline.signer().token("boss", "admin");
        browser.open(pipeline.broadcast().uri("/console#token=" + token).toString());
        await().until(() -> browser.text("connection-state").equals("live"));
        show(view);
    }

    private void show(String view) {
        browser.click("view-" + view);
        await().until(() -> browser.count("opened-" + view) > 0);
    }

    @Test
    void ratesMoveUnderLoadAndAServiceThatIsGoneIsToldAtTheTop() throws IOException {
        RunningBackends backends = (RunningBackends) pipeline.backends();
        open("overview");
        try (PacedLoad load = PacedLoad.start(pipeline.api("shop", "staff"))) {
            for (String stage : List.of("ingest", "router", "queue", "persistence", "aggregate")) {
                await().until(() -> svg(stage).matches("(?s).*[1-9][\\d.,]*/s.*"));
            }
            assertTrue(svg("persistence").contains("PostgreSQL"), svg("persistence"));
            String node = (String)
                    browser.evaluate("return document.querySelector('[data-testid=stage-queue] title').textContent");
            assertTrue(node.matches("queue on \\S+/\\d+-\\w+"), node);
            browser.screenshot("console-overview");
            pictures("overview");

            backends.redis().kill();
            try {
                await().until(() -> browser.texts("trouble").stream()
                        .anyMatch(told -> told.matches("(?s)Redis has not answered for .*Start Redis.*")));
                assertTrue(browser.text("verdict").matches("\\d+ things? (is|are) wrong"), browser.text("verdict"));
                browser.screenshot("console-overview-trouble");
            } finally {
                backends.redis().restart();
            }
            await().until(() ->
                    browser.texts("trouble").stream().noneMatch(told -> told.startsWith("Redis has not answered")));
            load.stop();
        }
        browser.evaluate(
                "document.querySelector('[data-testid=stage-ingest]').dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }))");
        await().until(() -> browser.texts("figure").stream().anyMatch(row -> row.matches("accepted [\\d,.]+")));

        browser.evaluate("window.fetch = () => Promise.reject(new TypeError('away'))");
        await().until(() -> browser.texts("trouble").stream()
                .anyMatch(told -> told.startsWith("How the nodes are can’t be read. They were last heard")));
        assertTrue(browser.text("verdict").matches("\\d+ things? (is|are) wrong"), browser.text("verdict"));
        assertEquals(List.of(), browser.scriptErrors());
    }

    @Test
    void theNodesSourcesAndKpisAreListed() throws IOException {
        open("cluster");
        await().until(() -> browser.texts("node").stream().anyMatch(row -> row.contains("persistence")));
        pictures("cluster");
        browser.evaluate("document.querySelector('.skip').click()");
        assertEquals("view", browser.evaluate("return document.activeElement.id"));
        browser.evaluate("addEventListener('hashchange', () => (window.left = true)); location.hash = '#nowhere'");
        await().until(() -> Boolean.TRUE.equals(browser.evaluate("return window.left")));
        assertEquals(List.of(1, 0), List.of(browser.count("opened-cluster"), browser.count("opened-overview")));
        show("sources");
        await().until(() -> browser.texts("source").stream().anyMatch(row -> row.contains("running")));
        pictures("sources");
        show("kpis");
        await().until(() -> browser.texts("kpi").stream().anyMatch(kpi -> kpi.matches("(?s)revenue\\n[\\d,.–]+.*")));
        pictures("kpis");
        assertEquals(List.of(), browser.scriptErrors());
    }

    @Test
    void theConfigurationSaysWhereEachValueComesFromAndNoSecret() throws IOException {
        open("configuration");
        await().until(() -> browser.count("setting") > 0);
        browser.enter("find-setting", "auth.secret");
        await().until(() -> browser.count("setting") == 1);
        String secret = browser.text("setting");
        assertTrue(secret.contains("never shown") && secret.contains("MILLRACE_AUTH_SECRET"), secret);

        browser.evaluate("const find = document.querySelector('[data-testid=find-setting]');"
                + "find.value = ''; find.dispatchEvent(new Event('input'))");
        await().until(() -> browser.count("setting") > 100);
        String page = (String) browser.evaluate("return document.documentElement.innerHTML");
        assertFalse(page.contains(Pipeline.SECRET));
        String user = URI.create(pipeline.backends().postgresUri()).getUserInfo();
        List<?> uris = (List<?>) browser.evaluate("return [...document.querySelectorAll('[data-testid=setting]')]"
                + ".map((row) => row.textContent.trim()).filter((row) => row.startsWith('postgres.uri'))");
        assertEquals(1, uris.size());
        assertFalse(uris.get(0).toString().contains(user + "@"), uris::toString);
        pictures("configuration");
        browser.click("altered");
        await().until(() -> browser.count("setting") < 100);
        assertEquals(List.of(), browser.scriptErrors());
    }

    @Test
    void aSinkIsEnabledRedrivenAndReplayedOnceThatIsConfirmed() throws IOException {
        browser.before(SINKS);
        open("sinks");
        await().until(() -> browser.count("sink") == 2);
        browser.click("look-sink");
        await().until(() -> browser.count("dead-event") == 2);
        assertTrue(browser.text("sink-detail").contains("<b>answered</b>"));
        pictures("sinks");

        browser.click("enable-sink");
        assertEquals(List.of(), browser.evaluate("return window.sent"));
        browser.click("confirm");
        await().until(() -> browser.text("said").equals("hooks/erp is enabled."));
        browser.click("redrive-sink");
        browser.click("confirm");
        await().until(() -> browser.text("said").equals("1 event is sent again; 1 remains: redrive again."));
        assertEquals("2 dead events, the oldest first:", browser.text("dead-words"));
        browser.evaluate("window.answers['/api/sinks'].sinks[0].dead = 1;"
                + "window.answers['/api/sinks/dead?sink=hooks%2Ferp&limit=100'].dead.shift()");
        await().until(() -> browser.count("dead-event") == 1);
        assertEquals("1 dead event, the oldest first:", browser.text("dead-words"));
        browser.enter("replay-stream", "orders");
        browser.enter("replay-from", "2026-01-31T09:30:00Z");
        browser.click("replay-sink");
        browser.click("confirm");
        await().until(() -> browser.text("said").equals("orders is sent again from k3:100."));
        assertEquals(
                List.of(
                        "/api/sinks/enable {\"sink\":\"hooks/erp\"}",
                        "/api/sinks/redrive {\"sink\":\"hooks/erp\"}",
                        "/api/sinks/replay {\"sink\":\"hooks/erp\",\"stream\":\"orders\",\"time\":\"2026-01-31T09:30:00Z\"}"),
                browser.evaluate("return window.sent"));
        assertEquals(List.of(), browser.scriptErrors());
    }

    private String svg(String stage) {
        return (String) browser.evaluate("return [...(document.querySelector('[data-testid=stage-" + stage
                + "]')?.querySelectorAll('text') ?? [])].map((text) => text.textContent).join('\\n')");
    }

    /** A narrow screen scrolls only down. */
    private void pictures(String view) throws IOException {
        browser.screenshot("console-" + view);
        browser.resize(360, 740);
        await().until(() -> browser.evaluate("return innerWidth").equals(360L));
        assertEquals(
                0L,
                browser.evaluate("return document.documentElement.scrollWidth - document.documentElement.clientWidth"));
        browser.screenshot("console-" + view + "-360");
        browser.resize(1280, 900);
        browser.prefer("dark");
        browser.screenshot("console-" + view + "-dark");
        browser.prefer("light");
    }
}
