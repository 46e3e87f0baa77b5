package io.millrace.systemtests;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.Position;
import io.millrace.testkit.Answer;
import io.millrace.testkit.Api;
import io.millrace.testkit.MillraceProcess;
import io.millrace.testkit.Pipeline;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** The live page in a real browser: what a person sees while things happen, and while Millrace is away. */
@Order(11)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
final class DashboardTest {
    private static final String HOSTILE = "<img src=x onerror=\"document.title='pwned'\">";

    private final Pipeline pipeline;
    private final Api admin;
    private Browser browser;

    DashboardTest(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.admin = pipeline.api("boss", "admin");
    }

    @BeforeEach
    void open() throws IOException {
        browser = new Browser();
        String token = pipeline.signer().token("boss", "admin");
        browser.open(pipeline.broadcast().uri("/#token=" + token).toString());
        awaitLive();
    }

    @AfterEach
    void close() {
        if (browser != null) {
            browser.close();
        }
    }

    @Test
    void thePageShowsWhatHappensAsItHappens() throws IOException {
        assertEquals("boss · admin", browser.text("whoami"));
        assertFalse(browser.address().contains("token"), "the token stays in the address");
        int orders = number("orders-count", "value");
        int refunds = number("refunds-count", "value");
        double revenue = Double.parseDouble(browser.attribute("revenue-total", "value"));

        List<JsonObject> posted = Shop.orders(3);
        admin.post(posted);
        JsonObject refund = new JsonObject()
                .put("paymentId", Shop.unique("pay"))
                .put("orderId", "o-refunded")
                .put("amount", 12.5);
        admin.post(Api.event(Shop.unique("e"), "payment:refunded", refund));
        JsonObject shortage = new JsonObject()
                .put("productId", Shop.unique("p"))
                .put("productName", "Blue kettle")
                .put("currentStock", 2)
                .put("threshold", 5);
        admin.post(Api.event(Shop.unique("e"), "inventory:low_stock", shortage));

        await().until(() -> number("orders-count", "value") == orders + 3);
        await().until(() -> number("refunds-count", "value") == refunds + 1);
        await().until(() -> browser.texts("stock-alert").stream().anyMatch(alert -> alert.contains("Blue kettle")));
        assertEquals(revenue + 3 * 129.5, Double.parseDouble(browser.attribute("revenue-total", "value")), 0.001);
        List<String> rows = browser.texts("order-row").subList(0, 3);
        for (int i = 0; i < 3; i++) {
            String orderId = posted.get(2 - i).getJsonObject("data").getString("orderId");
            assertTrue(rows.get(i).contains(orderId), rows.get(i));
        }
        assertEquals(List.of(), browser.scriptErrors());
        browser.screenshot("dashboard");
    }

    @Test
    void whatAnEventSaysIsShownAndNeverRun() throws IOException {
        String title = browser.title();
        JsonObject order = Shop.order();
        order.getJsonObject("data").put("customerName", HOSTILE).put("status", "<b>paid</b>");
        admin.post(order);
        JsonObject shortage =
                new JsonObject().put("productId", Shop.unique("p")).put("productName", HOSTILE);
        admin.post(Api.event(Shop.unique("e"), "inventory:out_of_stock", shortage));

        await().until(() -> browser.texts("order-row").stream()
                .anyMatch(row -> row.contains(HOSTILE) && row.contains("<b>paid</b>")));
        await().until(() -> browser.texts("stock-alert").stream().anyMatch(alert -> alert.contains(HOSTILE)));
        assertEquals(0L, browser.evaluate("return document.querySelectorAll('img, [onerror]').length"));
        assertEquals(title, browser.title());
        assertEquals(List.of(), browser.scriptErrors());
        browser.screenshot("dashboard-hostile");
    }

    @Test
    void aNarrowScreenScrollsOnlyDown() throws IOException {
        admin.post(Shop.orders(2));
        browser.resize(360, 740);

        await().until(() -> browser.evaluate("return innerWidth").equals(360L));
        assertEquals(
                0L,
                browser.evaluate("return document.documentElement.scrollWidth - document.documentElement.clientWidth"));
        assertEquals("live", browser.text("connection-state"));
        browser.screenshot("dashboard-360");
    }

    @Test
    void thePageComesBackByItselfWithoutGapOrRepeat() throws IOException {
        List<String> positions = new ArrayList<>(post(3));
        awaitNewest(positions);
        int received = number("orders-list", "data-received");
        int orders = number("orders-count", "value");
        MillraceProcess millrace = pipeline.broadcast();

        millrace.kill();
        await().until(() -> browser.text("connection-state").startsWith("offline"));
        browser.screenshot("dashboard-offline");
        millrace.launch();
        millrace.awaitReady();
        positions.addAll(post(4));
        awaitLive();
        positions.addAll(post(2));

        awaitNewest(positions);
        assertEquals(received + 6, number("orders-list", "data-received"));
        assertEquals(orders + 6, number("orders-count", "value"));
        assertEquals(0, number("orders-list", "data-repeats"));
        assertTrue(
                browser.text("resumed").matches("resumed: (nothing happened|\\d+ events?) while you were away"),
                browser.text("resumed"));
        List<Long> offsets = positions.stream()
                .map(position -> Position.parse(position).offset())
                .toList();
        assertEquals(offsets.get(0) + 8, offsets.get(8), "positions " + positions);
        browser.screenshot("dashboard-back");
    }

    @Test
    void aFilterShowsWhatPassesAndTheRestNeverComes() throws IOException {
        String country = Shop.unique("country").substring(0, 16);
        String before = order(country, 50);
        awaitNewest(List.of(before));

        browser.enter("filter-country", country);
        browser.enter("filter-at-least", "100");
        await().until(() -> browser.texts("order-row").isEmpty());
        int received = number("orders-list", "data-received");
        order("elsewhere", 500);
        order(country, 99);
        String wanted = order(country, 100);

        await().until(() -> browser.attributes("order-row", "data-position").equals(List.of(wanted)));
        assertEquals(received + 1, number("orders-list", "data-received"));
        assertEquals("100.00", browser.attribute("revenue-total", "value"));
        browser.screenshot("dashboard-filtered");
    }

    /** Its position. */
    private String order(String country, int total) {
        JsonObject order = Shop.order();
        order.getJsonObject("data").put("country", country).put("total", total);
        return admin.post(order).json().getString("position");
    }

    @Test
    void tabsShareAConnectionAndTheNextOneTakesItOver() {
        String page = pipeline.broadcast().uri("/").toString();
        String token = pipeline.signer().token("boss", "admin");
        for (int tab = 1; tab <= 2; tab++) {
            browser.openTab(page + "#token=" + token);
            awaitLive();
        }
        assertEquals(1, connections());
        List<String> positions = new ArrayList<>(post(2));
        awaitNewest(positions);

        browser.showTab(0);
        browser.closeTab();
        browser.showTab(0);
        positions.addAll(post(2));
        awaitNewest(positions);
        browser.showTab(1);
        awaitNewest(positions);

        awaitLive();
        assertEquals(0, number("orders-list", "data-repeats"));
        await().until(() -> connections() == 1);
    }

    /** Of the page's reader, over whatever tabs. */
    private int connections() {
        return admin.get("/api/ws/stats").json().getInteger("connections");
    }

    private List<String> post(int count) {
        return Shop.orders(count).stream()
                .map(admin::post)
                .map(Answer::json)
                .map(answer -> answer.getString("position"))
                .toList();
    }

    /** The newest rows are these, the newest first. */
    private void awaitNewest(List<String> positions) {
        List<String> newestFirst = new ArrayList<>(positions);
        Collections.reverse(newestFirst);
        await().until(() -> {
            List<String> shown = browser.attributes("order-row", "data-position");
            return shown.size() >= newestFirst.size()
                    && shown.subList(0, newestFirst.size()).equals(newestFirst);
        });
    }

    private void awaitLive() {
        // After a long absence it may wait as long as its backoff says.
        await().atMost(Duration.ofSeconds(30))
                .until(() -> browser.text("connection-state").equals("live"));
    }

    private int number(String testId, String attribute) {
        return Integer.parseInt(browser.attribute(testId, attribute));
    }
}
