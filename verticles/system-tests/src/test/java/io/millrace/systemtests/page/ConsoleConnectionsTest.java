package io.millrace.systemtests.page;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OwnServers;
import io.millrace.systemtests.environment.PostgresAccess;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.RawHttpClient;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.millrace.testkit.process.Release;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The console's connections in a real browser, on a node where a client that reads nothing is left in peace for a while. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("ConsoleConnectionsTest")
@Order(62)
@SuppressWarnings("NullAway.Init")
final class ConsoleConnectionsTest {
    private static OwnServers servers;
    private static Pipeline pipeline;
    private Browser browser;

    @BeforeAll
    static void start() {
        servers = new OwnServers("connections");
        pipeline = new Pipeline(
                Pipeline.Layout.ONE_PROCESS,
                Release.here(Repository.CONF),
                Repository.OUTPUTS,
                servers.running(),
                new Ports(),
                null,
                Map.of("broadcast.buffer.max", "64KiB", "broadcast.slow.timeout", "5m", "broadcast.acknowledge", "1"));
    }

    @AfterAll
    static void stop() {
        pipeline.close();
        servers.close();
    }

    @BeforeEach
    void open() throws IOException {
        browser = Browser.start();
    }

    @AfterEach
    void close() {
        if (browser != null) {
            browser.close();
        }
    }

    private void view(String of) {
        String token = pipeline.signer().token("boss", "admin");
        browser.open(pipeline.broadcast().uri("/console#token=" + token).toString());
        await().until(() -> browser.texts("connection-state").contains("live"));
        browser.evaluate("location.hash = '#connections" + of + "'");
        await().until(() -> browser.count("connections-words") > 0
                && browser.text("connections-words").contains("connection"));
    }

    @Test
    void aSlowReaderIsFirstAndADisconnectEndsIt() throws Exception {
        try (RawHttpClient slow =
                        new RawHttpClient(pipeline.broadcast().uri("/").getPort());
                SocketClient quick = pipeline.socket("quick", "staff")) {
            quick.subscribe(Shop.ORDERS);
            slow.send("GET /api/sse?stream=orders HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer "
                    + pipeline.signer().token("sleeper", "staff") + "\r\n\r\n");
            view("");
            await().until(() -> browser.count("connection") == 3);
            fillUp();
            await().until(() -> first().contains("sleeper"));
            await().until(() -> first().contains("lagging") && first().contains("events"));
            assertTrue(first().contains("sse"), first());
            browser.screenshot("console-connections");
            browser.prefer("dark");
            browser.screenshot("console-connections-dark");
            browser.prefer("light");
            browser.resize(360, 740);
            await().until(() -> browser.evaluate("return innerWidth").equals(360L));
            assertEquals(
                    0L,
                    browser.evaluate(
                            "return document.documentElement.scrollWidth - document.documentElement.clientWidth"));
            browser.screenshot("console-connections-360");
            browser.resize(1280, 900);

            act("disconnect", 0, false);
            assertTrue(first().contains("sleeper"), "nothing is done unconfirmed");
            act("disconnect", 0, true);
            await().until(() -> browser.text("connections-told").equals("1 connection ended."));
            await().until(() -> browser.texts("connection").stream().noneMatch(row -> row.contains("sleeper")));
            assertTrue(slow.closed(), "the socket is closed");
            assertTrue(quick.isOpen());
            assertEquals(2, browser.count("connection"));
            browser.enter("filter-user", "quick");
            await().until(() -> browser.count("connection") == 1);
            assertTrue(first().startsWith("quick"), first());
            assertEquals(
                    List.of("disconnect boss"),
                    new PostgresAccess(pipeline.backends().postgresUri())
                            .ask("select act || ' ' || by_user from connection_acts order by id desc limit 1"));
            assertEquals(List.of(), browser.scriptErrors());
        }
    }

    @Test
    void aRevokedUserIsGoneAndMayComeBackOnceThatIsUndone() throws Exception {
        String user = Shop.unique("c");
        try (SocketClient client = pipeline.socket(user, "customer")) {
            client.subscribe(Shop.ORDERS);
            view("?user=" + user);
            await().until(() -> browser.count("connection") == 1);
            act("revoke", 0, true);
            assertEquals(4401, client.closeCode());
            await().until(() -> browser.text("connections-words").equals("No connection is like that."));
            browser.click("undo-revocation");
            browser.click("confirm");
            await().until(() -> browser.text("connections-told").contains("accepted again"));
            try (SocketClient again = pipeline.socket(user, "customer")) {
                again.subscribe(Shop.ORDERS);
                assertTrue(again.isOpen());
            }
        }
    }

    @Test
    void theTimeUntilClientsHaveReadAnEventIsShownByNamespace() throws Exception {
        view("");
        browser.openTab(pipeline.broadcast()
                .uri("/streams#token=" + pipeline.signer().token("boss", "admin"))
                .toString());
        await().until(() -> browser.texts("stream").contains(Shop.ORDERS));
        browser.evaluate("[...document.querySelectorAll('[data-testid=stream]')]"
                + ".find((button) => button.textContent === 'orders').click()");
        await().until(() -> browser.text("events-words").contains("since this stream was opened"));
        ApiClient admin = pipeline.api("boss", "admin");
        // The page follows KPIs too, and a client acknowledges one event a second.
        await().until(() -> {
            admin.post(Shop.order());
            return admin.get("/api/connections").json().getJsonArray("readTimes").stream()
                    .anyMatch(
                            times -> ((JsonObject) times).getString("namespace").equals(Shop.ORDERS));
        });
        browser.showTab(0);
        await().until(() -> browser.texts("read-times").stream().anyMatch(row -> row.startsWith("orders")));
        browser.screenshot("console-connections-read");
    }

    private String first() {
        List<String> rows = browser.texts("connection");
        return rows.isEmpty() ? "" : rows.get(0);
    }

    private void act(String button, int row, boolean confirm) {
        browser.evaluate("document.querySelectorAll('[data-testid=" + button + "]')[" + row + "].click()");
        if (confirm) {
            browser.click("confirm");
        } else {
            browser.evaluate("document.getElementById('confirm').close()");
        }
    }

    /** Orders of a hundred kilobytes each, more than the sockets and the node's buffer hold. */
    private static void fillUp() {
        ApiClient admin = pipeline.api("boss", "admin");
        JsonArray lines = new JsonArray();
        for (int i = 0; i < 200; i++) {
            lines.add(new JsonObject()
                    .put("productId", "p-" + i)
                    .put("quantity", 1)
                    .put("unitPrice", 1)
                    .put("description", "x".repeat(450)));
        }
        await().until(() -> {
            JsonObject order = Shop.order();
            order.getJsonObject("data").put("lines", lines);
            assertEquals(201, admin.post(order).status());
            return admin.get("/api/connections?user=sleeper")
                            .json()
                            .getJsonArray("connections")
                            .getJsonObject(0)
                            .getJsonObject("lag")
                            .getLong("events")
                    > 2;
        });
    }
}
