package io.millrace.systemtests.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** The page for the streams of any pack, in a real browser: it knows no field of work, and still shows what happens. */
@Order(12)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
final class StreamsPageTest {
    private final Pipeline pipeline;
    private final ApiClient admin;
    private Browser browser;

    StreamsPageTest(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.admin = pipeline.api("boss", "admin");
    }

    /** How fast the page is isn't asked here, and other classes make the machine busy. */
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

    private void open(String user, String role) {
        String token = pipeline.signer().token(user, role);
        browser.open(pipeline.broadcast().uri("/streams#token=" + token).toString());
        await().until(() -> browser.text("connection-state").equals("live"));
    }

    private void choose(String stream) {
        await().until(() -> browser.texts("stream").contains(stream));
        browser.evaluate("[...document.querySelectorAll('[data-testid=stream]')]"
                + ".find((button) => button.textContent === '" + stream + "').click()");
    }

    @Test
    void eventsEntitiesAndKpisOfAStreamAreShownAsTheyHappen() throws IOException {
        open("boss", "admin");
        choose(Shop.ORDERS);
        JsonObject order = Shop.order();
        String id = order.getJsonObject("data").getString("orderId");
        await().until(() -> browser.text("events-words").contains("since this stream was opened"));
        admin.post(order);

        await().until(() -> browser.texts("event").stream()
                .anyMatch(event -> event.contains("order:created") && event.contains(id)));
        await().until(() -> {
            String first = browser.text("entity");
            return first.contains(id) && first.contains("version 1") && first.contains("129.5");
        });
        assertTrue(browser.texts("kpi").stream().anyMatch(kpi -> kpi.startsWith("revenue")));
        assertEquals(List.of(), browser.scriptErrors());
        browser.screenshot("streams");
    }

    @Test
    void whatAnEventSaysIsShownAsTextAndNeverRun() throws IOException {
        open("boss", "admin");
        String title = browser.title();
        choose(Shop.ORDERS);
        await().until(() -> browser.text("events-words").contains("since this stream was opened"));
        String hostile = "<img src=x onerror=\"document.title='run'\">'); --\u202egnp\u2066\u200b\ufeff&amp;<!--";
        JsonObject order = Shop.order(Shop.unique("<b>o"), "c-1");
        order.getJsonObject("data")
                .put("customerName", hostile)
                .put("status", "</li><script>document.title=1</script>");
        admin.post(order);

        String shown =
                "return [...document.querySelectorAll('[data-testid=%s] dd')].some((field) => field.textContent === "
                        + Json.encode(hostile) + ")";
        for (String list : List.of("event", "entity")) {
            await().until(() -> browser.evaluate(String.format(shown, list)).equals(true));
        }
        assertEquals(
                0L, browser.evaluate("return document.querySelectorAll('img, [onerror], li script, li b').length"));
        assertEquals(title, browser.title());
        assertEquals(List.of(), browser.scriptErrors());
    }

    @Test
    void aRevokedTokenEmptiesThePageWhichSaysSo() throws IOException {
        String user = Shop.unique("revoked");
        open(user, "admin");
        choose(Shop.ORDERS);
        await().until(() -> browser.text("events-words").contains("since this stream was opened"));
        admin.post(Shop.order());
        await().until(() -> browser.count("event") > 0 && browser.count("entity") > 0);
        JsonObject made = admin.ask("POST", "/api/revocations", "{\"user\":\"" + user + "\"}")
                .json();
        await().until(() -> browser.text("connection-state").contains("signed out"));
        assertEquals(List.of(), browser.texts("event"));
        assertEquals(List.of(), browser.texts("entity"));
        assertTrue(browser.text("note").contains("You may not follow this stream."));
        browser.screenshot("streams-revoked");
        assertEquals(
                200,
                admin.ask("DELETE", "/api/revocations/" + made.getLong("id"), "")
                        .status());
    }

    @Test
    void whoSeesAPartIsOfferedThatPart() throws IOException {
        String customer = Shop.unique("c");
        JsonObject mine = Shop.order(Shop.unique("mine"), customer);
        open(customer, "customer");
        await().until(() ->
                new TreeSet<>(browser.texts("stream")).containsAll(List.of("orders", "payments", "products")));
        assertTrue(browser.texts("stream").stream().noneMatch(List.of("inventory", "system", "customers")::contains));
        assertEquals(List.of(), browser.texts("kpi"));

        choose(Shop.ORDERS);
        await().until(() -> browser.text("events-words").contains("since this stream was opened"));
        admin.post(Shop.order());
        admin.post(mine);
        await().until(() -> browser.texts("event").stream().anyMatch(event -> event.contains("mine-")));
        assertTrue(browser.texts("event").stream().allMatch(event -> event.contains("mine-")));
        browser.screenshot("streams-customer");
    }

    @Test
    void theTokenOfALinkIsNeitherInTheAddressNorInTheHistoryAndAReloadKeepsIt() {
        open("boss", "admin");
        assertFalse(browser.address().contains("token"), browser.address());
        browser.evaluate("location.reload()");
        await().until(() -> browser.text("whoami").equals("boss · admin"));
        // Another link, in a tab that is open.
        browser.evaluate("location.hash = 'token=" + pipeline.signer().token("carla", "customer") + "'");
        await().until(() -> browser.text("whoami").startsWith("carla"));
        assertFalse(browser.address().contains("token"), browser.address());
        long entries = (Long) browser.evaluate("return history.length");
        for (long back = 1; back < entries; back++) {
            browser.evaluate("history.back()");
            await().until(() -> browser.evaluate("return document.readyState").equals("complete"));
            assertFalse(browser.address().contains("token"), browser.address());
        }
    }

    @Test
    void thePolicyOfThePageAllowsSocketsOfItsOwnServerOnly() {
        open("boss", "admin");
        browser.evaluate("window.refused = [];"
                + "addEventListener('securitypolicyviolation', (e) => refused.push(e.blockedURI));"
                + "const own = new WebSocket(location.origin.replace('http', 'ws') + '/api/ws');"
                + "own.onopen = () => { window.opened = true; own.close(); };"
                + "try { new WebSocket('ws://127.0.0.1:1/api/ws'); } catch (e) { }");
        await().until(() -> browser.evaluate("return window.opened === true").equals(true));
        await().until(() -> browser.evaluate("return refused.length").equals(1L));
        assertTrue(String.valueOf(browser.evaluate("return refused[0]")).startsWith("ws://127.0.0.1:1"));
    }

    @Test
    void aNarrowScreenScrollsOnlyDown() throws IOException {
        open("boss", "admin");
        choose(Shop.ORDERS);
        await().until(() -> browser.text("events-words").contains("since this stream was opened"));
        admin.post(Shop.order());
        await().until(() -> browser.count("event") > 0);
        browser.resize(360, 740);

        await().until(() -> browser.evaluate("return innerWidth").equals(360L));
        assertEquals(
                0L,
                browser.evaluate("return document.documentElement.scrollWidth - document.documentElement.clientWidth"));
        browser.screenshot("streams-360");
    }
}
