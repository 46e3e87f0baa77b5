package io.millrace.systemtests.page;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.event.Position;
import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.PostgresAccess;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
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
    private final ApiClient admin;
    private Browser browser;

    DashboardTest(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.admin = pipeline.api("boss", "admin");
    }

    @BeforeEach
    void open() throws IOException {
        browser = Browser.start();
        browser.open(address(pipeline.signer().token("boss", "admin")));
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
        BigDecimal before = revenue();

        List<JsonObject> posted = Shop.orders(3);
        admin.post(posted);
        JsonObject refund = new JsonObject()
                .put("paymentId", Shop.unique("pay"))
                .put("orderId", "o-refunded")
                .put("amount", 12.5);
        admin.post(ApiClient.event(Shop.unique("e"), "payment:refunded", refund));
        JsonObject shortage = new JsonObject()
                .put("productId", Shop.unique("p"))
                .put("productName", "Blue kettle")
                .put("currentStock", 2)
                .put("threshold", 5);
        admin.post(ApiClient.event(Shop.unique("e"), "inventory:low_stock", shortage));

        await().until(() -> number("orders-count", "value") == orders + 3);
        await().until(() -> number("refunds-count", "value") == refunds + 1);
        await().until(() -> browser.texts("stock-alert").stream().anyMatch(alert -> alert.contains("Blue kettle")));
        await().until(() -> revenue().subtract(before).compareTo(new BigDecimal("388.50")) == 0);
        assertEquals(kpi("revenue"), revenue());
        List<String> rows = browser.texts("order-row").subList(0, 3);
        for (int i = 0; i < 3; i++) {
            String orderId = posted.get(2 - i).getJsonObject("data").getString("orderId");
            assertTrue(rows.get(i).contains(orderId), rows.get(i));
        }
        assertEquals(List.of(), browser.scriptErrors());
        browser.screenshot("dashboard");
    }

    /** More than a page loads of the past, over several months: the page can't have added them up from what it received. */
    @Test
    void figuresAreThoseOfAllOrdersAfterAReloadToo() throws IOException {
        List<JsonObject> orders = new ArrayList<>();
        for (int i = 0; i < 1_200; i++) {
            JsonObject order = Shop.order();
            order.put("timestamp", "20" + (20 + i % 3) + "-0" + (1 + i % 6) + "-15T12:00:00Z");
            order.getJsonObject("data").put("total", new BigDecimal("0.01").add(BigDecimal.valueOf(i)));
            orders.add(order);
        }
        for (int from = 0; from < orders.size(); from += 200) {
            admin.post(orders.subList(from, from + 200));
        }
        await().until(() -> kpi("revenue").equals(revenue()));

        browser.evaluate("location.reload()");
        await().until(() -> browser.text("connection-state").equals("live"));
        await().until(() -> kpi("revenue").equals(revenue()));
        assertEquals(kpi("orders").longValueExact(), Long.parseLong(browser.attribute("orders-count", "value")));

        // Each month of the chart is the KPI's, read as a person reads it.
        browser.evaluate("const by = document.querySelector('[data-testid=chart-by]'); by.value = 'month';"
                + "by.dispatchEvent(new Event('input', { bubbles: true }))");
        JsonArray months = admin.get("/api/kpis/revenue?by=month").json().getJsonArray("rows");
        JsonObject last = months.getJsonObject(months.size() - 1);
        await().until(() -> {
            browser.evaluate("const chart = document.querySelector('mr-sales-chart svg');"
                    + "chart.dispatchEvent(new KeyboardEvent('keydown', { key: 'End' }))");
            String told = String.valueOf(
                    browser.evaluate("return document.querySelector('mr-sales-chart output').textContent"));
            return told.replaceAll("[^0-9.]", " ").contains(plain(last))
                    && told.contains(last.getString("start").substring(0, 4));
        });
        browser.screenshot("dashboard-months");
    }

    private static String plain(JsonObject row) {
        return String.format(Locale.ROOT, "%.2f", row.getDouble("value")).replaceAll("(\\d)(?=(\\d{3})+\\.)", "$1 ");
    }

    @Test
    void aCustomersPageIsTheirsAndShowsNoFigureOfAPart() throws IOException {
        String customer = Shop.unique("c");
        List<String> mine = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            JsonObject order = Shop.order(Shop.unique("mine"), customer);
            mine.add(0, order.getJsonObject("data").getString("orderId"));
            admin.post(order);
            admin.post(Shop.orders(2));
        }
        browser.openTab(address(pipeline.signer().token(customer, "customer")));
        awaitLive();

        assertEquals(List.of("Your orders", "Your refunds", "On the shelf"), sections());
        JsonObject order = Shop.order(Shop.unique("mine"), customer);
        mine.add(0, order.getJsonObject("data").getString("orderId"));
        admin.post(order);
        admin.post(Shop.orders(2));
        await().until(() -> browser.count("order-row") > 0
                && browser.texts("order-row").get(0).contains(mine.get(0)));
        assertTrue(browser.texts("order-row").stream().allMatch(row -> row.contains("mine")));
        assertEquals("", browser.text("revenue-total"));
        assertEquals("", browser.text("refunds-total"));
        assertEquals(List.of(), browser.scriptErrors());
        browser.screenshot("dashboard-customer");
    }

    private List<?> sections() {
        return (List<?>)
                browser.evaluate(
                        "return [...document.querySelectorAll('main > section:not([hidden]) h2')].map((title) => title.textContent)");
    }

    private BigDecimal revenue() {
        return new BigDecimal(browser.attribute("revenue-total", "value")).stripTrailingZeros();
    }

    private BigDecimal kpi(String name) {
        return admin.get("/api/kpis").json().getJsonArray("kpis").stream()
                .map(JsonObject.class::cast)
                .filter(kpi -> kpi.getString("name").equals(name))
                .map(kpi -> new BigDecimal(String.valueOf(kpi.getValue("value"))).stripTrailingZeros())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void whatAnEventSaysIsShownAndNeverRun() throws IOException {
        String title = browser.title();
        JsonObject order = Shop.order();
        order.getJsonObject("data").put("customerName", HOSTILE).put("status", "<b>paid</b>");
        admin.post(order);
        JsonObject shortage =
                new JsonObject().put("productId", Shop.unique("p")).put("productName", HOSTILE);
        admin.post(ApiClient.event(Shop.unique("e"), "inventory:out_of_stock", shortage));

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
        int orders = countedOrders();
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
        await().until(() -> number("orders-count", "value") == orders + 6);
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
        // Only the second filter keeps `before` out; while the first is being replaced there are no rows either.
        await().until(() -> browser.evaluate("const list = document.querySelector('[data-testid=orders-list]');"
                        + "return 'complete' in list.dataset && list.children.length === 0")
                .equals(true));
        int received = number("orders-list", "data-received");
        order("elsewhere", 500);
        order(country, 99);
        String wanted = order(country, 100);

        await().until(() -> browser.attributes("order-row", "data-position").equals(List.of(wanted)));
        assertEquals(received + 1, number("orders-list", "data-received"));
        assertEquals("100.00", browser.attribute("revenue-total", "value"));
        browser.screenshot("dashboard-filtered");
    }

    private String order(String country, int total) {
        JsonObject order = Shop.order();
        order.getJsonObject("data").put("country", country).put("total", total);
        return admin.post(order).json().getString("position");
    }

    @Test
    void tabsShareAConnectionAndTheNextOneTakesItOver() {
        for (int tab = 1; tab <= 2; tab++) {
            browser.openTab(address(pipeline.signer().token("boss", "admin")));
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

    /** The one that has the connection for all of them. */
    @Test
    void aFrozenTabLosesItsPlaceToOneThatIsLookedAt() {
        browser.openTab(address(pipeline.signer().token("boss", "admin")));
        awaitLive();
        assertEquals(1, connections());
        List<String> positions = new ArrayList<>(post(2));
        awaitNewest(positions);

        browser.showTab(0);
        browser.freeze();
        browser.showTab(1);
        positions.addAll(post(2));
        browser.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
        awaitNewest(positions);

        // The frozen one's still stands.
        assertEquals(2, connections());
        awaitLive();
        browser.showTab(0);
        browser.thaw();
        positions.addAll(post(2));
        for (int tab = 0; tab <= 1; tab++) {
            browser.showTab(tab);
            awaitNewest(positions);
            awaitLive();
            assertEquals(0, number("orders-list", "data-repeats"));
        }
        await().until(() -> connections() == 1);
    }

    private String address(String token) {
        return pipeline.broadcast().uri("/#token=" + token).toString();
    }

    private int connections() {
        return admin.get("/api/ws/stats").json().getInteger("connections");
    }

    private List<String> post(int count) {
        return Shop.orders(count).stream()
                .map(admin::post)
                .map(ApiResponse::json)
                .map(answer -> answer.getString("position"))
                .toList();
    }

    /** The newest rows are these, the newest first. */
    private void awaitNewest(List<String> positions) {
        List<String> newestFirst = new ArrayList<>(positions);
        Collections.reverse(newestFirst);
        await().atMost(Duration.ofSeconds(30)).until(() -> {
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

    /** The figure on the page, once the events that are on it are counted: KPIs follow events by a moment. */
    private int countedOrders() {
        PostgresAccess table = new PostgresAccess(pipeline.backends().postgresUri());
        int stored = (int) table.number("select count(*) from events where type = 'order:created'");
        await().until(() -> number("orders-count", "value") == stored);
        return stored;
    }

    private int number(String testId, String attribute) {
        return Integer.parseInt(browser.attribute(testId, attribute));
    }
}
