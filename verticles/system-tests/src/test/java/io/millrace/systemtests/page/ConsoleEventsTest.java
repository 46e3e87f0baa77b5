package io.millrace.systemtests.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** An operator asks what became of an event, in a real browser. */
@Order(13)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
final class ConsoleEventsTest {
    private static final String BEFORE = "return document.querySelector('[data-testid=search-before]')";

    private final Pipeline pipeline;
    private final ApiClient admin;
    private Browser browser;

    ConsoleEventsTest(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.admin = pipeline.api("boss", "admin");
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(30));
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

    private void open(String view) {
        String token = pipeline.signer().token("boss", "admin");
        browser.open(pipeline.broadcast().uri("/console#token=" + token).toString());
        await().until(() -> browser.text("connection-state").equals("live"));
        browser.evaluate("location.hash = '" + view + "'");
        await().until(() -> browser.attribute("view-events", "aria-current").equals("page"));
    }

    @Test
    void anEventIsFoundByItsIdWithItsWayWhoGotItAndWhoDidNot() throws IOException {
        String order = Shop.unique("o");
        JsonObject event = Shop.order(order, "c-7");
        JsonObject paid = Shop.order(order, "c-7");
        paid.getJsonObject("data").put("status", "shipped").put("total", 100);
        try (SocketClient follows = pipeline.socket("anna", "admin");
                SocketClient filters = pipeline.socket("fred", "admin");
                SocketClient other = pipeline.socket("c-8", "customer")) {
            follows.subscribe(Shop.ORDERS);
            filters.subscribe(new JsonObject()
                    .put("type", "subscribe")
                    .put("stream", Shop.ORDERS)
                    .put("filter", new JsonObject().put("data.total", new JsonObject().put("gt", 1_000))));
            other.subscribe(Shop.ORDERS);
            admin.post(event);
            admin.post(paid);
            await().until(() -> follows.log(Shop.ORDERS).ids().contains(paid.getString("id")));

            open("events");
            browser.enter("search-text", paid.getString("id"));
            browser.click("search-go");
            await().until(() ->
                    browser.texts("step").stream().anyMatch(step -> step.contains("persistence committed")));
            List<String> steps = browser.texts("step");
            assertTrue(steps.get(0).startsWith("ingest accepted"), steps::toString);
            assertTrue(browser.text("event-facts").contains("committed"));
            assertEquals(
                    Boolean.TRUE,
                    browser.evaluate("return [...document.querySelectorAll('.waterfall .bar')]"
                            + ".every((bar) => bar.getBoundingClientRect().width > 0)"));

            browser.enter("reach-who", "fred");
            browser.click("reach-ask");
            await().until(() -> browser.count("reached") == 1);
            assertTrue(browser.text("reached").startsWith("filtered"), browser.text("reached"));

            browser.click("reach-everyone");
            await().until(() -> browser.count("reached") > 2);
            String reached = String.join("\n", browser.texts("reached"));
            assertTrue(reached.contains("delivered: was written") && reached.contains("anna"), reached);
            assertTrue(reached.contains("filtered: the subscription’s filter") && reached.contains("fred"), reached);
            assertTrue(reached.contains("not permitted") && reached.contains("c-8"), reached);
            assertTrue(
                    browser.text("reach-nodes").contains("a subscription there got it"), browser.text("reach-nodes"));
            assertTrue(browser.texts("step").stream().anyMatch(step -> step.startsWith("broadcast delivered")));
        }

        browser.click("event-entity");
        await().until(() -> browser.count("change") == 2);
        List<String> changes = browser.texts("change");
        assertTrue(changes.get(0).contains("version 2 changed by order:created"), changes::toString);
        assertTrue(changes.get(0).contains("status") && changes.get(0).contains("paid shipped"), changes::toString);
        assertTrue(changes.get(1).contains("version 1 made by order:created"), changes::toString);
        String tail = browser.address() + "&stream=" + Shop.ORDERS;
        browser.evaluate("location.href = '" + tail + "'");
        await().until(() -> browser.count("tailed") > 0);
        screenshots("console-event");
        assertEquals(List.of(), browser.scriptErrors());
    }

    @Test
    void aStreamIsSeenAsItHappensThroughAFilterAndStandsStillWhilePaused() throws IOException {
        open("events");
        browser.enter("tail-stream", Shop.ORDERS);
        browser.enter("tail-filter", "{\"data.total\": {\"gt\": 5000}}");
        browser.click("tail-follow");
        await().until(() -> browser.text("tail-words").contains("since it is followed"));
        JsonObject small = Shop.order();
        JsonObject large = large();
        admin.post(small);
        admin.post(large);
        await().until(() -> tailed().contains(large.getString("id")));
        assertTrue(!tailed().contains(small.getString("id")), tailed());

        browser.click("tail-pause");
        JsonObject meanwhile = large();
        admin.post(meanwhile);
        await().until(() -> browser.text("tail-words").equals("Paused; 1 more came meanwhile."));
        assertTrue(!tailed().contains(meanwhile.getString("id")), tailed());
        browser.click("tail-pause");
        await().until(() -> tailed().contains(meanwhile.getString("id")));

        // The same is found again, by a search of the past.
        browser.evaluate("location.hash = 'events?' + new URLSearchParams({ by: 'filter', in: 'orders', what: "
                + "'{\"id\":\"" + small.getString("id") + "\"}' })");
        await().until(() -> browser.count("found") == 1);
        assertTrue(browser.text("found").contains(small.getString("id")));
        assertTrue(browser.text("search-words").startsWith("1 event found"), browser.text("search-words"));
        browser.evaluate("location.hash = 'events?stream=orders&filter=oops'");
        await().until(() -> browser.text("tail-words").contains("A filter is a JSON object"));
        browser.evaluate("location.hash = 'events?id=none-such'");
        await().until(() -> browser.text("event-words").contains("there is no event none-such, or you may not see it"));
        assertEquals(List.of(), browser.scriptErrors());
    }

    @Test
    void findAndFollowAskAnewForWhatIsOpenAlready() throws IOException {
        JsonObject later = Shop.order();
        String id = later.getString("id");
        open("events");
        browser.enter("search-text", id);
        browser.click("search-go");
        await().until(() ->
                browser.text("event-words").contains("there is no event " + id + ", or you may not see it"));
        admin.post(later);
        String asked = browser.address();
        browser.click("search-go");
        await().until(() -> browser.text("event-facts").contains("committed"));
        assertEquals(asked, browser.address());

        browser.evaluate("window.reach = window.fetch; window.fetch = (path, ...how) => "
                + "String(path).includes('last=') ? Promise.reject(new Error('torn')) : window.reach(path, ...how)");
        browser.enter("tail-stream", Shop.ORDERS);
        browser.click("tail-follow");
        await().until(() -> browser.text("tail-words").equals("Millrace can’t be reached"));
        // The past can't be read; what happens comes nevertheless.
        admin.post(Shop.order());
        await().until(() -> browser.text("tail-words").equals("1 since it is followed; the latest 1 are here."));
        browser.evaluate("window.fetch = window.reach");
        browser.click("tail-follow");
        await().until(() -> browser.count("tailed") > 1);
        assertEquals(List.of(), browser.scriptErrors());
    }

    @Test
    void aTailIsInOrderAfterATabWasHiddenAndAPausedOneSaysThatItMayHaveMissedSome() throws IOException {
        open("events");
        browser.enter("tail-stream", Shop.ORDERS);
        browser.click("tail-follow");
        String before = postOrder();
        await().until(() -> newest().contains(before));
        hide(true);
        String unseen = postOrder();
        hide(false);
        await().until(() -> newest().contains(unseen));
        String seen = postOrder();
        await().until(() -> newest().contains(seen));
        assertTrue(tailed().indexOf(unseen) < tailed().indexOf(before), tailed());

        browser.click("tail-pause");
        await().until(() -> browser.text("tail-words").equals("Paused; 0 more came meanwhile."));
        hide(true);
        String missed = postOrder();
        hide(false);
        await().until(() -> browser.text("tail-words").startsWith("Paused; at least"));
        assertTrue(newest().contains(seen), tailed());
        browser.click("tail-pause");
        await().until(() -> newest().contains(missed));
        assertEquals(List.of(), browser.scriptErrors());
    }

    @Test
    void timesAreOfUtcWhereverTheBrowserIs() throws IOException {
        browser.move("Asia/Kolkata");
        open("events");
        browser.evaluate("location.hash = 'events?by=source&what=shop&in=orders&before=2026-01-31T09:30:00.000Z'");
        await().until(() -> String.valueOf(browser.evaluate(BEFORE + ".value")).startsWith("2026-01-31T09:30"));
        assertEquals("Before, UTC", browser.evaluate(BEFORE + ".labels[0].textContent"));
        browser.evaluate(BEFORE + ".value = '2026-02-01T10:45:00'");
        browser.click("search-go");
        await().until(() -> browser.address().contains("before=2026-02-01T10%3A45%3A00.000Z"));

        browser.evaluate("location.hash = 'overview'");
        await().until(() -> browser.texts("chart-time").stream().anyMatch(time -> time.endsWith(" UTC")));
        LocalTime drawn = LocalTime.parse(browser.texts("chart-time").get(0).replace(" UTC", ""));
        long apart = Math.abs(ChronoUnit.MINUTES.between(drawn, LocalTime.now(ZoneOffset.UTC)));
        assertTrue(apart < 5 || apart > 1435, drawn::toString);
        screenshots("console-charts");
        assertEquals(List.of(), browser.scriptErrors());
    }

    /** As when another tab is in front. */
    private void hide(boolean hidden) {
        browser.evaluate("Object.defineProperty(document, 'hidden', { value: " + hidden + ", configurable: true });"
                + "document.dispatchEvent(new Event('visibilitychange'))");
    }

    private String postOrder() {
        JsonObject order = Shop.order();
        admin.post(order);
        return order.getString("id");
    }

    private String newest() {
        List<String> rows = browser.texts("tailed");
        return rows.isEmpty() ? "" : rows.get(0);
    }

    private static JsonObject large() {
        JsonObject order = Shop.order();
        order.getJsonObject("data").put("total", 6_000);
        return order;
    }

    private String tailed() {
        return String.join("\n", browser.texts("tailed"));
    }

    /** Wide, dark, and on a phone, where nothing may be wider than the screen. */
    private void screenshots(String name) throws IOException {
        browser.resize(1280, 1600);
        browser.screenshot(name);
        browser.prefer("dark");
        browser.screenshot(name + "-dark");
        browser.prefer("light");
        browser.resize(360, 2600);
        await().until(() -> browser.evaluate("return innerWidth").equals(360L));
        assertEquals(
                0L,
                browser.evaluate("return document.documentElement.scrollWidth - document.documentElement.clientWidth"));
        browser.screenshot(name + "-360");
    }
}
