package io.millrace.systemtests.page;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The packages {@code @millrace/client} and {@code @millrace/react} as they would be published, installed from their tarballs: in
 * Node with each version of React, and the example as a project of Vite's in a browser against the real server.
 */
@Order(12)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
@Tag("long")
final class ReactTest {
    private static final String MODULE = "shared/client-react";
    private static final Path PROJECT = Repository.OUTPUTS.resolve("react-example");

    /** The WebSockets of a page, as it opened them. */
    private static final String WATCH_SOCKETS =
            """
            window.sockets = [];
            window.WebSocket = class extends WebSocket {
              constructor(...given) { super(...given); sockets.push(this); }
            };
            """;

    private final Pipeline pipeline;
    private final ApiClient admin;

    ReactTest(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.admin = pipeline.api("boss", "admin");
    }

    @Test
    void theTestsPassWithEachVersionOfReact() throws Exception {
        NodeProgram.run(MODULE, "src/test/js/run.js");
    }

    @Test
    void aProjectOfVitesShowsWhatHappens() throws Exception {
        NodeProgram.run(MODULE, "src/test/js/install.js", "example", PROJECT.toString());
        NodeProgram.run(
                MODULE, PROJECT.resolve("node_modules/vite/bin/vite.js").toString(), "build", PROJECT.toString());
        int port = new Ports().free();
        try (NodeProgram page = NodeProgram.page(PROJECT, port, pipeline.front().uri(""));
                Browser browser = Browser.start()) {
            browser.before(WATCH_SOCKETS);
            browser.open(
                    "http://127.0.0.1:" + port + "/#token=" + pipeline.signer().token("boss", "admin"));
            await().until(() -> browser.texts("state").equals(List.of("live")));
            ordersComeAndChange(browser);
            customersAreCounted(browser);
            aFilterIsOneOfTheServers(browser);
            JsonObject shortage = new JsonObject()
                    .put("productId", Shop.unique("p"))
                    .put("productName", "Blue kettle")
                    .put("currentStock", 2)
                    .put("threshold", 5);
            admin.post(ApiClient.event(Shop.unique("e"), "inventory:low_stock", shortage));
            await().until(() -> browser.texts("low-stock").equals(List.of("Running low: Blue kettle")));
            assertEquals(List.of(), browser.scriptErrors());
            itFits(browser);
        }
    }

    private void ordersComeAndChange(Browser browser) {
        await().until(() -> browser.attributes("list", "data-status").equals(List.of("live")));
        // One connection for all that is followed, and none for components that came twice in strict mode.
        assertEquals(1L, sockets(browser));
        assertTrue(browser.text("ticker").contains("No sale since"), browser.text("ticker"));
        String first = post("FR");
        String second = post("DE");
        await().until(() -> browser.text("orders").equals(kpi("orders")));
        await().until(() ->
                browser.texts("list").stream().anyMatch(list -> list.contains(first) && list.contains(second)));
        await().until(() -> browser.text("status-" + first).equals("paid"));
        String sales = browser.text("ticker");
        assertTrue(sales.indexOf(second) < sales.indexOf(first), "the newest first: " + sales);
        // Entities are followed beside the events of the same stream: another connection, for however many badges.
        assertEquals(2L, sockets(browser));

        browser.click("send-" + first);
        await().until(() -> browser.text("status-" + first).equals("sent"));
        assertEquals("paid", browser.text("status-" + second));
    }

    private void customersAreCounted(Browser browser) {
        await().until(() -> browser.text("customers").matches("\\d.*"));
        int before = customers(browser);
        try (SocketClient customer = pipeline.socket(Shop.unique("c"), "customer")) {
            await().until(() -> customers(browser) == before + 1);
            assertTrue(customer.isOpen());
        }
        await().until(() -> customers(browser) == before);
    }

    private static int customers(Browser browser) {
        return Integer.parseInt(browser.text("customers").replaceAll("\\D", ""));
    }

    private void aFilterIsOneOfTheServers(Browser browser) {
        browser.enter("country", "FR");
        await().until(() -> browser.attributes("list", "data-status").equals(List.of("live"))
                && browser.texts("list").equals(List.of("")));
        String german = post("DE");
        String french = post("FR");
        await().until(() -> browser.text("list").contains(french));
        assertFalse(browser.text("list").contains(german));
        await().until(() -> browser.text("ticker").contains(german));
        assertEquals(3L, sockets(browser));
    }

    /** On a telephone and wide, light and dark. */
    private static void itFits(Browser browser) throws IOException {
        for (String scheme : List.of("light", "dark")) {
            browser.prefer(scheme);
            for (int width : List.of(360, 1_280)) {
                browser.resize(width, 900);
                assertEquals(
                        0L,
                        browser.evaluate(
                                "return document.documentElement.scrollWidth - document.documentElement.clientWidth"));
                browser.screenshot("react-" + scheme + "-" + width);
            }
        }
        browser.prefer("light");
    }

    private String post(String country) {
        JsonObject order = Shop.order();
        order.getJsonObject("data").put("country", country);
        admin.post(order);
        return order.getJsonObject("data").getString("orderId");
    }

    private String kpi(String name) {
        return admin.get("/api/kpis").json().getJsonArray("kpis").stream()
                .map(JsonObject.class::cast)
                .filter(kpi -> name.equals(kpi.getString("name")))
                .map(kpi -> kpi.getNumber("value").toString())
                .findFirst()
                .orElseThrow();
    }

    private static Object sockets(Browser browser) {
        return browser.evaluate("return sockets.filter((socket) => socket.readyState === 1).length");
    }
}
