package io.millrace.systemtests.page;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/** What the owner of a shop does on its page, and what a customer sees on theirs. */
@Order(12)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
final class ShopPageTest {
    private static final String HOSTILE =
            "=1+1\"'\u202e<img src=x onerror=\"document.title='pwned'\"><script>1</script>";

    @TempDir
    Path downloads;

    private final Pipeline pipeline;
    private final ApiClient admin;
    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    private Browser browser;

    ShopPageTest(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.admin = pipeline.api("boss", "admin");
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

    /** Two cups and a pot; what comes to 12.53 in decimals doesn't in binary fractions. */
    private JsonObject order(String id, String customer) {
        JsonObject order = Shop.order(id, customer).put("timestamp", now.toString());
        order.getJsonObject("data")
                .put("customerName", "=" + customer + HOSTILE)
                .put("total", new BigDecimal("12.53"))
                .put("currency", "GBP")
                .put("country", "+" + HOSTILE)
                .put("lines", new JsonArray().add(line("cup", 2, "0.115")).add(line("pot", 1, "12.30")));
        return order;
    }

    private static JsonObject line(String product, int quantity, String price) {
        return new JsonObject()
                .put("productId", product)
                .put("description", product + HOSTILE)
                .put("quantity", quantity)
                .put("unitPrice", new BigDecimal(price));
    }

    private JsonObject payment(String type, String order, String customer, String amount) {
        JsonObject data = new JsonObject()
                .put("paymentId", order + "-p")
                .put("orderId", order)
                .put("customerId", customer)
                .put("amount", new BigDecimal(amount))
                .put(type.equals("payment:refunded") ? "reason" : "method", "=1\u202e<b>card</b>");
        return ApiClient.event(Shop.unique("e"), type, data);
    }

    @Test
    void aPeriodIsBesideTheOneBeforeAsTheKpisHaveThem() throws IOException {
        open("/", "boss", "admin");
        BigDecimal before = shown("period-revenue");
        String customer = Shop.unique("c");
        admin.post(order(Shop.unique("o"), customer));
        admin.post(order(Shop.unique("o"), customer));
        JsonObject cart = new JsonObject().put("productId", "cup").put("customerId", customer);
        admin.post(ApiClient.event(Shop.unique("e"), "customer:added_to_cart", cart));

        await().until(() -> shown("period-revenue").subtract(before).compareTo(new BigDecimal("25.06")) == 0);
        for (String period : List.of("week", "month", "today")) {
            browser.click("period-" + period);
            await().untilAsserted(() -> {
                for (String kpi : List.of("revenue", "orders", "averageOrder", "buyers")) {
                    assertEquals(
                            window(kpi, period, "value"), shown("period-" + kpi).doubleValue(), kpi);
                    assertEquals(
                            window(kpi, period, "before"),
                            shown("period-" + kpi + "-before").doubleValue(),
                            kpi);
                }
                // Other tests' customers buy without a cart; then the share isn't known.
                double share = window("buyers", period, "value") / window("carts", period, "value");
                assertEquals(share <= 1 ? share : 0, shown("period-conversion").doubleValue());
            });
        }
        assertTrue(browser.text("period-basis").contains("(UTC)"), browser.text("period-basis"));
        browser.screenshot("shop-period");
    }

    /** Of what isn't known there is no number: that is zero here, and the page shows a dash. */
    private BigDecimal shown(String testId) {
        String value = browser.attribute(testId, "value");
        assertEquals(value.isEmpty(), browser.text(testId).equals("–"), testId);
        return value.isEmpty() ? BigDecimal.ZERO : new BigDecimal(value);
    }

    private double window(String kpi, String period, String what) {
        Object value = admin.get("/api/kpis").json().getJsonArray("kpis").stream()
                .map(JsonObject.class::cast)
                .filter(each -> each.getString("name").equals(kpi))
                .findFirst()
                .orElseThrow()
                .getJsonObject("windows")
                .getJsonObject(period)
                .getValue(what);
        return value == null ? 0 : ((Number) value).doubleValue();
    }

    @Test
    void anOrderIsFoundOpenedAndExportedToThePenny() throws IOException {
        String customer = Shop.unique("c");
        String first = Shop.unique("o");
        String second = Shop.unique("o");
        admin.post(Shop.order());
        admin.post(order(first, customer));
        admin.post(order(second, customer));
        admin.post(Shop.order());
        JsonObject shipped = new JsonObject()
                .put("orderId", first)
                .put("customerId", customer)
                .put("newStatus", "shipped")
                .put("status", "shipped");
        admin.post(ApiClient.event(Shop.unique("e"), "order:status_changed", shipped));
        admin.post(payment("payment:received", first, customer, "12.53"));
        open("/", "boss", "admin");

        browser.enter("search", "=" + customer + Keys.ENTER);
        await().until(() -> browser.attributes("open-order", "value").equals(List.of(second, first)));
        assertTrue(
                browser.texts("top-products").get(0).contains("pot" + HOSTILE),
                browser.texts("top-products")::toString);
        browser.find("[value='" + first + "'] ~ .who").get(0).click();
        awaitOrder(first);
        assertEquals(
                "12.30", browser.find("[data-testid=order-lines] data").get(1).getDomAttribute("value"));
        browser.click("journey");
        await().until(() -> browser.text("journey-stages").contains("persistence committed"));
        browser.screenshot("shop-order");
        leaveOrder();
        assertEquals(first, browser.evaluate("return document.activeElement.value"));

        browser.downloadTo(downloads);
        browser.click("export");
        await().until(() -> browser.text("export-progress").startsWith("2 orders saved"));
        assertEquals(List.of(row(first, customer, "shipped"), row(second, customer, "paid")), exported());

        browser.find("#search").get(0).clear();
        browser.enter("search", first + Keys.ENTER);
        awaitOrder(first);
        leaveOrder();
        assertNothingRan();
    }

    private void awaitOrder(String id) {
        await().until(() -> browser.count("order-step") == 2);
        String dialog = browser.text("order-dialog");
        assertTrue(dialog.contains(id) && dialog.contains("cup" + HOSTILE), dialog);
        await().until(() -> browser.text("order-payments").contains("12.53"));
    }

    private void leaveOrder() {
        browser.find("[data-testid=order-dialog]").get(0).sendKeys(Keys.ESCAPE);
        await().until(() -> !browser.find("[data-testid=order-dialog]").get(0).isDisplayed());
    }

    private String row(String order, String customer, String status) {
        String hostile = HOSTILE.replace("\"", "\"\"");
        String when = now.toString().replace('T', ' ').replace("Z", "");
        return "\"" + (when.contains(".") ? when : when + ".000") + "\",\"" + order + "\",\"" + customer + "\",\"'="
                + customer + hostile + "\",\"'+" + hostile + "\",\"\",\"GBP\",12.53,3.00,\"" + status + "\"";
    }

    private List<String> exported() throws IOException {
        await().until(() -> files().size() == 1 && files().get(0).toString().endsWith(".csv"));
        List<String> lines = Files.readAllLines(files().get(0), UTF_8);
        assertTrue(lines.get(0).startsWith("\ufeff\"ordered at (UTC)\","), lines.get(0));
        return lines.subList(1, lines.size());
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(downloads)) {
            return files.toList();
        }
    }

    @Test
    void aCustomersOwnPageHasTheirOrdersAndPaymentsAndNobodyElses() throws IOException {
        String customer = Shop.unique("c");
        String mine = Shop.unique("mine");
        String others = Shop.unique("others");
        admin.post(order(mine, customer));
        admin.post(order(others, "c-other"));
        admin.post(payment("payment:received", mine, customer, "12.53"));
        admin.post(payment("payment:received", others, "c-other", "99.99"));
        open("/account", customer, "customer");

        await().until(() -> browser.count("my-order") == 1);
        await().until(() -> browser.text("my-order-payments").contains("paid"));
        admin.post(payment("payment:refunded", mine, customer, "2.50"));
        admin.post(payment("payment:refunded", others, "c-other", "9.99"));
        JsonObject delivered = new JsonObject()
                .put("orderId", mine)
                .put("customerId", customer)
                .put("newStatus", "delivered");
        admin.post(ApiClient.event(Shop.unique("e"), "order:status_changed", delivered));
        await().until(() -> browser.text("my-order-payments").contains("2.50"));
        await().until(() ->
                "delivered".equals(browser.find("[aria-current=step]").get(0).getText()));
        String all = browser.text("my-orders");
        assertTrue(all.contains(mine) && all.contains(HOSTILE) && all.contains("12.53"), all);
        assertFalse(all.contains("others") || all.contains("9.99"), all);

        browser.click("my-order-open");
        await().until(() -> browser.count("order-step") == 2);
        assertNothingRan();
        browser.screenshot("account");
        open("/account", "boss", "admin");
        assertTrue(browser.text("not-yours").contains("whole shop"));
        assertEquals("", browser.text("my-orders"));
    }

    private void open(String page, String user, String role) {
        String token = pipeline.signer().token(user, role);
        browser.openTab(pipeline.broadcast().uri(page + "#token=" + token).toString());
        await().until(() -> browser.text("connection-state").equals("live"));
    }

    private void assertNothingRan() {
        assertEquals(0L, browser.evaluate("return document.querySelectorAll('img, [onerror], body script').length"));
        assertTrue(browser.title().startsWith("Millrace"), browser.title());
        assertEquals(List.of(), browser.scriptErrors());
    }
}
