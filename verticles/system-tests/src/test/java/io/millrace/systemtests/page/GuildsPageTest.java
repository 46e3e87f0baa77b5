package io.millrace.systemtests.page;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Two people with different permissions in front of one guild, side by side, in a real browser. */
@Order(12)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
final class GuildsPageTest {
    private static final String MODERATOR = "[data-side=left]";
    private static final String MEMBER = "[data-side=right]";

    private final Pipeline pipeline;
    private final String guild = Shop.unique("guild");
    private Browser browser;

    GuildsPageTest(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    @BeforeEach
    void open() throws IOException {
        browser = Browser.start();
        String people = "left=" + token("mara", "moderator") + "&right=" + token("tim", "member") + "&bot="
                + token("bot", "bot");
        browser.open(pipeline.broadcast().uri("/guilds#" + people).toString());
        List.of(MODERATOR, MEMBER).forEach(side -> awaitText(side, "connection-state", "live"));
    }

    private String token(String user, String role) {
        return pipeline.signer().token(user, new JsonObject().put("guilds", new JsonArray().add(guild)), role);
    }

    @AfterEach
    void close() {
        if (browser != null) {
            browser.close();
        }
    }

    @Test
    void eachSeesWhatTheyMayAndTheServerDecidesWhatTheyMayDo() throws IOException {
        browser.click("bot-writes");
        List.of(MODERATOR, MEMBER).forEach(side -> {
            awaitText(side, "guild-name", "The Mill · 6 members");
            await().until(() -> !browser.text(side, "messages").isEmpty());
            awaitText(side, "watchers", "Watching now: Mara, Tim");
        });
        assertEquals(browser.text(MODERATOR, "messages"), browser.text(MEMBER, "messages"));

        browser.click("bot-reports");
        browser.click("bot-raids");
        await().until(() -> browser.text(MODERATOR, "cases").contains("Reported as spam"));
        await().until(() -> browser.text(MODERATOR, "alerts").contains("accounts joined within a minute"));
        warn(MEMBER, "mara");
        awaitText(MEMBER, "said", "permission_denied: none of your roles may publish moderation:warned");
        warn(MODERATOR, "mara");
        awaitText(MODERATOR, "said", "moderation:warned: committed");
        await().until(() -> browser.text(MODERATOR, "cases").contains("Please keep it friendly"));
        assertEquals("", browser.text(MEMBER, "alerts"));

        // About themselves a member may see it.
        warn(MODERATOR, "tim");
        await().until(() -> browser.text(MEMBER, "cases").contains("Please keep it friendly"));
        assertEquals(
                1, browser.text(MEMBER, "cases").lines().filter("Tim"::equals).count());
        assertEquals(List.of(), browser.scriptErrors());
        browser.screenshot("guilds");
    }

    /** Whom is said each time: what the list begins with depends on how many had joined when it was painted first. */
    private void warn(String side, String whom) {
        browser.evaluate("document.querySelector('" + side + " [data-testid=warn-whom]').value = '" + whom + "'");
        browser.evaluate("document.querySelector('" + side + " [data-testid=warn]').click()");
    }

    @Test
    void aNarrowScreenScrollsOnlyDown() throws IOException {
        browser.click("bot-writes");
        await().until(() -> !browser.text(MEMBER, "messages").isEmpty());
        browser.resize(360, 740);

        await().until(() -> browser.evaluate("return innerWidth").equals(360L));
        assertEquals(
                0L,
                browser.evaluate("return document.documentElement.scrollWidth - document.documentElement.clientWidth"));
        browser.screenshot("guilds-360");
    }

    @Test
    void whatIsDoneWhileMillraceIsAwayIsDoneWhenItIsBack() {
        browser.click("bot-writes");
        await().until(() -> !browser.text(MODERATOR, "messages").isEmpty());
        pipeline.broadcast().kill();
        await().until(() -> browser.text(MODERATOR, "connection-state").startsWith("offline"));
        warn(MODERATOR, "mara");
        awaitText(MODERATOR, "said", "Kept until the connection is back.");

        pipeline.broadcast().launch();
        pipeline.broadcast().awaitReady();

        await().atMost(Duration.ofSeconds(30))
                .until(() -> browser.text(MODERATOR, "said").equals("moderation:warned: committed"));
        await().until(() -> browser.text(MODERATOR, "cases").contains("Please keep it friendly"));
    }

    private void awaitText(String side, String testId, String text) {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> browser.text(side, testId).equals(text));
    }
}
