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
        await().until(() -> browser.evaluate("return document.getElementById('confirm').open")
                .equals(true));
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

        confirm("discard-all");

        await().until(() -> browser.text("no-letters").equals("There is none."));
        await().until(() -> browser.texts("act-told").stream().anyMatch("boss discarded 1 letter"::equals));
        assertEquals("1 of 1", browser.texts("act-progress").get(0));
        confirm("undo-act");
        await().until(() -> browser.text("letters-total").equals("1 dead"));
        assertEquals(List.of("dead"), browser.texts("letter-state"));
        assertEquals("boss restored 1 letter", browser.texts("act-told").get(0));
        assertEquals(List.of(), browser.scriptErrors());
    }
}
