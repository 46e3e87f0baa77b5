package io.millrace.systemtests.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.services.betting.Bookmaker;
import io.millrace.services.betting.Bookmaker.Slip;
import io.millrace.services.betting.season.Match;
import io.millrace.services.betting.season.Pick;
import io.millrace.systemtests.environment.Bookmakers;
import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** The bookmaker's desk in a real browser: rows of the bookmaker's own table, as the house, an agent and a customer see them. */
@Order(15)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
final class BettingPageTest {
    private final Pipeline pipeline;
    private final String north = Shop.unique("north");
    private final String south = Shop.unique("south");
    private final String ada = Shop.unique("ada");
    private final String sam = Shop.unique("sam");
    private final String fixture = Shop.unique("f");
    private final Match match =
            new Match(1, OffsetDateTime.now(ZoneOffset.UTC).toLocalDate(), "Everton", "Fulham", 1, 0);
    private final Vertx program = Vertx.vertx();
    private Bookmaker bookmaker;
    private Browser browser;

    BettingPageTest(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(30));
    }

    @BeforeEach
    void open() throws IOException {
        browser = Browser.start();
        bookmaker = joined(
                Bookmaker.open(program, Bookmakers.uri(pipeline.backends().postgresUri())));
        for (String agent : List.of(north, south)) {
            joined(bookmaker.agent(agent, agent, new BigDecimal("0.02")));
        }
        joined(bookmaker.customer(ada, north, "Ada", new BigDecimal("1000")));
        joined(bookmaker.customer(sam, south, "Sam", new BigDecimal("1000")));
        joined(bookmaker.schedule(fixture, match, now()));
    }

    @AfterEach
    void close() {
        if (browser != null) {
            browser.close();
        }
        joined(program.close());
    }

    private static <T> T joined(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }

    private static OffsetDateTime now() {
        return OffsetDateTime.now(ZoneOffset.UTC);
    }

    private void open(String user, String role, String... agents) {
        JsonObject claims = new JsonObject().put("agents", new JsonArray(List.of((Object[]) agents)));
        String token = pipeline.signer().token(user, claims, role);
        browser.open(pipeline.broadcast().uri("/betting#token=" + token).toString());
        await().until(() -> browser.text("connection-state").equals("live"));
    }

    private void place(String customer, String amount) {
        assertTrue(joined(bookmaker.place(new Slip(
                Shop.unique("w"),
                fixture,
                customer,
                Pick.HOME,
                new BigDecimal("2.50"),
                new BigDecimal(amount),
                now()))));
    }

    private boolean shows(String... words) {
        return browser.texts("wager").stream()
                .anyMatch(row -> List.of(words).stream().allMatch(row::contains));
    }

    @Test
    void theHouseSeesEveryAgentsWagersAndTheFiguresThatTheyMove() throws IOException {
        open("desk", "operator", north, south);
        await().until(() -> browser.text("totalLiability-value").matches(".*\\d.*"));
        String before = browser.text("totalLiability-value");

        place(ada, "40");
        place(sam, "12");

        await().until(() -> shows("Ada", "Everton – Fulham", "40.00", "pending") && shows("Sam", "12.00"));
        await().until(() -> !browser.text("totalLiability-value").equals(before));
        assertTrue(browser.text("totalLiability-change").contains("today"));
        browser.click("period-month");
        await().until(() -> browser.text("totalLiability-change").contains("this month"));
        await().until(() -> browser.texts("activity").stream().anyMatch(line -> line.contains("wager placed")));
        await().until(() -> browser.text("accounts").contains("960.00"));

        joined(bookmaker.finish(fixture, match, now()));

        await().until(() -> shows("Ada", "won", "100.00"));
        assertEquals(List.of(), browser.scriptErrors());
        browser.screenshot("betting");
    }

    @Test
    void anAgentAndACustomerSeeTheirPartAndNoHoles() throws IOException {
        place(ada, "40");
        place(sam, "12");

        open("nora", "agent", north);
        await().until(() -> shows("Ada", "40.00"));
        assertTrue(!shows("Sam"));
        assertEquals("", browser.text("gamingRevenue-value"), "the house's figures aren't drawn");

        open(sam, "bettor", south);
        await().until(() -> shows("Sam", "12.00"));
        assertTrue(!shows("Ada"));
        assertEquals("Your wagers", browser.evaluate("return document.querySelector('#wagers-title').textContent"));
        assertEquals("", browser.text("commissions"));
        assertEquals(List.of(), browser.scriptErrors());
    }
}
