package io.millrace.systemtests.page;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.testkit.process.Pipeline;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** {@code /docs} in a real browser: both documents, read by somebody who has no token. */
@Order(12)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
final class DocumentsPageTest {
    private final Pipeline pipeline;
    private Browser browser;

    DocumentsPageTest(Pipeline pipeline) {
        this.pipeline = pipeline;
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

    @Test
    void everyCallAndEveryStreamIsThereAndOpensToItsFields() throws IOException {
        show("#http", "publish");
        assertEquals(
                "POST /api/events", browser.evaluate("return document.querySelector('#publish .call').textContent"));
        openAll();
        assertTrue(text().contains("customerName"), "what an order consists of");
        assertTrue(text().contains("version_conflict"), "what goes wrong");

        show("#messages/stream.orders", "stream.orders");
        openAll();
        assertTrue(text().contains("order:created"), "the types of a stream");
        assertTrue(text().contains("CHANNEL_SUBSCRIBE"), "what a client says");
        assertEquals(List.of(), browser.scriptErrors());
        browser.screenshot("documents");
    }

    @Test
    void aNarrowScreenScrollsOnlyDownWhateverIsOpen() throws IOException {
        browser.resize(360, 740);
        for (String document : List.of("http", "messages")) {
            show("#" + document, document.equals("http") ? "publish" : "server-websocket");
            openAll();
            assertEquals(
                    0L,
                    browser.evaluate(
                            "return document.documentElement.scrollWidth - document.documentElement.clientWidth"));
        }
        browser.screenshot("documents-360");
    }

    private void show(String fragment, String article) {
        browser.open(pipeline.broadcast().uri("/docs" + fragment).toString());
        await().until(() ->
                Boolean.TRUE.equals(browser.evaluate("return document.getElementById('" + article + "') !== null")));
    }

    /** Body, event, type, data. */
    private void openAll() {
        for (int level = 0; level < 4; level++) {
            browser.evaluate("document.querySelectorAll('main details').forEach((one) => (one.open = true))");
            await().until(
                            () -> Boolean.TRUE.equals(
                                    browser.evaluate(
                                            "return [...document.querySelectorAll('main details')].every((one) => !one.open || one.children.length > 1)")));
        }
    }

    private String text() {
        return String.valueOf(browser.evaluate("return document.querySelector('main').innerText"));
    }
}
