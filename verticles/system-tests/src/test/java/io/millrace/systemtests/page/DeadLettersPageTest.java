package io.millrace.systemtests.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Shop;
import io.millrace.systemtests.event.DeadLettersView;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** The console's dead letters, in a real browser: found by what went wrong, edited, redriven, discarded and restored. */
@Order(12)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
final class DeadLettersPageTest {
    private final Pipeline pipeline;
    private final ApiClient admin;
    private Browser browser;

    DeadLettersPageTest(Pipeline pipeline) {
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

    private void openView() {
        String token = pipeline.signer().token("boss", "admin");
        browser.open(pipeline.broadcast().uri("/console#token=" + token).toString());
        await().until(() -> browser.text("connection-state").equals("live"));
        browser.click("view-dead-letters");
        await().until(() -> !browser.text("letters-total").isEmpty());
    }

    /** Clicks the part that is about something, and not one that is like it. */
    private void choose(String testId, String about) {
        await().until(() -> browser.texts(testId).stream().anyMatch(text -> text.contains(about)));
        browser.evaluate("[...document.querySelectorAll('[data-testid=" + testId + "]')]"
                + ".find((part) => part.textContent.includes('" + about + "')).click()");
    }

    private void confirm(String act) {
        browser.click(act);
        await().until(this::isAsked);
        browser.click("confirm");
    }

    private void write(String testId, String text) {
        browser.evaluate("const field = document.querySelector('[data-testid=" + testId + "]'); field.value = '" + text
                + "'; field.dispatchEvent(new Event('input', { bubbles: true }))");
    }

    private boolean shows(String state) {
        return browser.text("letter-facts").contains("State\n" + state);
    }

    @Test
    void aPoisonEventIsFoundInItsGroupEditedRedrivenAndGone() throws IOException {
        openView();
        JsonObject event = Shop.poison();
        String id = event.getString("id");
        String product = event.getJsonObject("data").getString("productId");
        admin.post(event);

        choose("group-name", "version_conflict · inventory:updated");
        choose("letter-event", id);
        await().until(() -> browser.text("letter-facts").contains(id));
        assertEquals("99", browser.evaluate("return document.querySelector('[data-testid=edit-expected]').value"));
        assertTrue(browser.text("edit-schema").contains("productId: string"), browser.text("edit-schema"));

        write("edit-data", "{\"productId\": ");
        await().until(() -> browser.text("edit-mistakes").contains("The data is no JSON"));
        write("edit-data", "{}");
        await().until(() -> browser.text("edit-difference").contains("/data/productId"));
        confirm("save-edit");
        await().until(() -> browser.text("edit-mistakes").contains("'productId'")
                && browser.text("edit-mistakes").contains("'difference'"));
        browser.screenshot("dead-letter-wrong-edit");

        write("edit-data", "{\"productId\": \"" + product + "\", \"difference\": -2}");
        write("edit-expected", "");
        await().until(() -> browser.text("edit-difference").contains("/metadata/expectedVersion"));
        confirm("save-edit");
        await().until(() -> browser.text("letter-facts").contains("Edited\nonce"));
        screenshots();
        confirm("redrive-letter");

        await().until(() -> shows("redriven, committed"));
        assertEquals(
                -2,
                admin.entity("stock", product, "Cache-Control", "no-cache")
                        .json()
                        .getJsonObject("state")
                        .getInteger("difference"));
        await().until(() -> !browser.texts("letter-event").contains(id));
        assertTrue(browser.texts("act-told").contains("boss redrove 1 letter"), browser.texts("act-told")::toString);
        assertEquals(List.of(), browser.scriptErrors());
    }

    private void screenshots() throws IOException {
        browser.screenshot("dead-letters");
        browser.prefer("dark");
        browser.evaluate("scrollTo(0, 0)");
        browser.screenshot("dead-letters-dark");
        browser.resize(360, 2400);
        browser.screenshot("dead-letters-narrow");
        assertEquals(
                true,
                browser.evaluate("return document.documentElement.scrollWidth <= 360"),
                "nothing is wider than the window");
        browser.prefer("light");
        browser.resize(1280, 900);
    }

    @Test
    void aDiscardOfAGroupAtAPaceIsUndone() {
        JsonObject event = Shop.poison();
        String source = Shop.unique("till");
        admin.post(event.put("source", source));
        JsonObject letter = DeadLettersView.await(admin, event.getString("id"));
        openView();
        browser.evaluate("location.hash = '#dead-letters?source=" + source + "&letter=" + letter.getLong("id") + "'");
        await().until(() -> browser.text("letters-total").equals("1 dead") && shows("dead"));

        browser.evaluate("const all = document.querySelector('[data-testid=discard-all]'); all.click(); all.click()");
        await().until(this::isAsked);
        browser.click("confirm");

        await().until(() -> browser.text("no-letters").equals("There is none."));
        await().until(() -> browser.texts("act-told").stream().anyMatch("boss discarded 1 letter"::equals));
        assertEquals("1 of 1", browser.texts("act-progress").get(0));
        confirm("undo-act");
        await().until(() -> browser.text("letters-total").equals("1 dead")
                && browser.texts("letter-state").equals(List.of("dead")));
        assertEquals("boss restored 1 letter", browser.texts("act-told").get(0));
        List<JsonObject> discards = admin.get("/api/dead-letters/acts?limit=20").json().getJsonArray("acts").stream()
                .map(JsonObject.class::cast)
                .filter(act -> source.equals(act.getJsonObject("filter").getString("source")))
                .toList();
        assertEquals(1, discards.size(), () -> "two clicks are one act: " + discards);
        assertTrue(discards.get(0).getJsonObject("filter").containsKey("to"), "not those that die later");
        assertEquals(List.of(), browser.scriptErrors());
    }

    @Test
    void whatSomebodyWritesIsOfItsLetterAndStaysUntilItIsSaved() {
        String source = Shop.unique("till");
        JsonObject first = died(source);
        JsonObject second = died(source);
        openView();
        go(source, first);
        await().until(() ->
                browser.count("letter") == 2 && browser.text("letter-facts").contains(first.getString("eventId")));
        String written = first.getString("eventId") + " as it should be";
        write("edit-data", "{\"productId\": \"" + written + "\"}");
        browser.evaluate("const reason = document.querySelector('[data-testid=filter-reason]');"
                + " reason.value = 'version_conflict'; reason.dispatchEvent(new Event('change', { bubbles: true }))");
        await().until(() -> browser.address().contains("reason=version_conflict"));
        assertTrue(field("edit-data").contains(written), "another filter leaves the letter open");

        await().until(() -> browser.text("edit-difference").contains("/data/productId"));
        browser.click("save-edit");
        await().until(() -> isAsked() && browser.count("letter") == 2);
        browser.evaluate("window.row = document.querySelector('[data-testid=letter]')");
        go(source, second);
        await().until(() -> browser.text("letter-facts").contains(second.getString("eventId")));
        assertEquals(false, isAsked(), "a question about one letter isn't asked at another");
        assertEquals(true, browser.evaluate("return window.row.isConnected"), "the list stays as it was");

        write("edit-data", "{\"productId\": \"" + written + "\"}");
        browser.evaluate("const read = fetch; window.readings = 0; window.fetch = (path, how) => how?.method === 'POST'"
                + " ? Promise.reject(new Error('out of reach'))"
                + " : (path.includes('counts=') && window.readings++, read(path, how))");
        browser.click("discard-letter");
        await().until(this::isAsked);
        browser.click("confirm");
        await().until(() -> browser.text("letter-problem")
                .startsWith("Whether it was done isn’t known: Millrace can’t be reached."));
        browser.click("discard-all");
        String outcome = "Not done, since the letters can’t be counted: Millrace can’t be reached";
        await().until(() -> browser.text("letters-outcome").equals(outcome));
        String change = "{\"metadata\": {\"expectedVersion\": 98}}";
        assertEquals(
                200,
                admin.ask("PATCH", "/api/dead-letters/" + second.getLong("id"), change)
                        .status());
        await().until(() -> browser.text("edit-mistakes").contains("Somebody else has edited it"));
        assertTrue(field("edit-data").contains(written), "what another saved doesn't take away what is written");
        long before = (Long) browser.evaluate("return window.readings");
        await().until(() -> (Long) browser.evaluate("return window.readings") > before + 1);
        assertEquals(outcome, browser.text("letters-outcome"), "until the next act");
        assertEquals(List.of(), browser.scriptErrors());
    }

    private JsonObject died(String source) {
        JsonObject event = Shop.poison().put("source", source);
        admin.post(event);
        return DeadLettersView.await(admin, event.getString("id"));
    }

    private void go(String source, JsonObject letter) {
        browser.evaluate("const asked = new URLSearchParams(location.hash.split('?')[1]); asked.set('source', '"
                + source + "'); asked.set('letter', '" + letter.getLong("id")
                + "'); location.hash = `#dead-letters?${asked}`");
    }

    private String field(String testId) {
        return (String) browser.evaluate("return document.querySelector('[data-testid=" + testId + "]').value");
    }

    private boolean isAsked() {
        return browser.evaluate("return document.getElementById('confirm').open")
                .equals(true);
    }
}
