package io.millrace.systemtests.page;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.bus.Addresses;
import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The event-bus bridge's stock client and SockJS', both as they are published, in a real browser. */
@Order(12)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
final class StockClientTest {
    private static final Path PUBLISHED = Repository.OUTPUTS.resolve("stock-client");
    /** The two, and what a page would write around them: {@link #page} calls it. */
    private static final List<Path> SCRIPTS = List.of(
            PUBLISHED.resolve("sockjs.min.js"),
            PUBLISHED.resolve("vertx-eventbus.js"),
            Path.of("src/test/js/stock-page.js"));

    private static final String ORDERS = "stream." + Shop.ORDERS;

    private final Pipeline pipeline;
    private Browser browser;

    StockClientTest(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    @BeforeEach
    void open() throws IOException {
        browser = Browser.start();
        browser.open(pipeline.broadcast().uri("/docs").toString());
        for (Path script : SCRIPTS) {
            browser.evaluate(Files.readString(script));
        }
    }

    @AfterEach
    void close() {
        if (browser != null) {
            browser.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"websocket", "xhr-streaming", "xhr-polling"})
    void itPublishesAndHearsWhatItsFilterLetsThrough(String transport) {
        JsonObject staff = identity("staff");
        for (String name : List.of("all", "dear")) {
            assertEquals(transport, page("connect", name, transport).getString("transport"));
        }
        JsonObject filter = new JsonObject().put("data.total", new JsonObject().put("gte", 100));
        JsonObject filtered = staff.copy().put("filter", filter.encode());
        assertEquals("subscribed", page("register", "all", ORDERS, staff).getString("type"));
        assertEquals("subscribed", page("register", "dear", ORDERS, filtered).getString("type"));

        String cheap = publish(99);
        String dear = publish(100);

        await().until(() -> heard("all").equals(List.of(cheap, dear)));
        await().until(() -> heard("dear").equals(List.of(dear)));
        assertEquals(List.of(), browser.scriptErrors());
    }

    /** The position that the reply tells. The connection is known by what was registered on it. */
    private String publish(int total) {
        JsonObject order = Shop.order();
        order.getJsonObject("data").put("total", total);
        JsonObject reply = page("send", "all", Addresses.INGEST, order, new JsonObject());
        assertEquals(order.getString("id"), reply.getString("id"), reply::encode);
        assertEquals("committed", reply.getString("status"));
        return reply.getString("position");
    }

    private List<Object> heard(String name) {
        return page("heard", name).getJsonArray("positions").stream().toList();
    }

    @Test
    void theStagesOwnAddressesAreRefused() {
        page("connect", "admin", "websocket");
        String address = Addresses.COMMIT.name();

        for (JsonObject refused : List.of(
                page("send", "admin", address, Shop.order(), identity("admin")),
                page("register", "admin", address, identity("admin")))) {
            assertEquals(403, refused.getInteger("failureCode"), refused::encode);
            assertTrue(refused.getString("message").startsWith("permission_denied "), refused::encode);
        }
    }

    private JsonObject identity(String role) {
        return new JsonObject()
                .put("authorization", "Bearer " + pipeline.signer().token("shop", role));
    }

    /** What the promise of one of the page's functions comes to. */
    private JsonObject page(String function, Object... arguments) {
        String values = new JsonArray(List.of(arguments)).encode();
        return new JsonObject(String.valueOf(
                browser.evaluate("return page." + function + "(..." + values + ").then(JSON.stringify)")));
    }
}
