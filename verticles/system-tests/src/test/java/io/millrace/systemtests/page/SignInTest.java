package io.millrace.systemtests.page;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.process.MetricsReader;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.millrace.testkit.process.Release;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** People sign in on the pages at a real OpenID provider, in a real browser, by the operator's settings alone. */
@Order(12)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("slow")
final class SignInTest {
    /** How long an access token lasts. */
    private static final int SECONDS = 8;

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    /** What a page's sockets were and sent, told in the page itself. */
    private static final String WATCH_SOCKETS =
            """
            window.sockets = [];
            window.WebSocket = class extends WebSocket {
              constructor(...given) { super(...given); this.sent = []; sockets.push(this); }
              send(text) { this.sent.push(JSON.parse(text).type); super.send(text); }
            };
            """;

    private final Pipeline pipeline;
    private final ApiClient admin;
    private final Ports ports = new Ports();
    private final URI issuer = URI.create("http://localhost:" + ports.free());
    private final String user = Shop.unique("ann");
    private MillraceProcess node;
    private NodeProgram provider;
    private Browser browser;

    SignInTest(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.admin = pipeline.api("boss", "admin");
    }

    @BeforeAll
    void start() throws Exception {
        Path conf = Repository.OUTPUTS.resolve("sign-in-conf");
        copy(Repository.CONF, conf);
        Files.createDirectories(conf.resolve("issuers"));
        Files.writeString(
                conf.resolve("issuers/login.yaml"),
                """
                issuer: %s
                audience: [millrace]
                prefix: ""
                keys: [{ discovery: true }]
                sign-in:
                  client: millrace-pages
                  scopes: [openid, offline_access]
                  resource: https://millrace.example
                  prompt: consent
                """
                        .formatted(issuer));
        MillraceProcess.Builder builder =
                new MillraceProcess.Builder("sign-in", Release.here(conf), Repository.OUTPUTS, Pipeline.SECRET, ports);
        List<String> members = new ArrayList<>(pipeline.members());
        members.add(builder.clusterAddress());
        builder.stages("broadcast", "api", "dashboard")
                .backends(pipeline.backends())
                .cluster(pipeline.clusterName(), members);
        // The provider first: without it the test is skipped.
        node = builder.build();
        startProvider();
        node.launch();
        node.awaitReady();
    }

    private void startProvider() throws Exception {
        provider = NodeProgram.provider(issuer, node.uri(""), SECONDS);
    }

    private static void copy(Path from, Path to) throws IOException {
        Repository.delete(to);
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    @AfterAll
    void stop() {
        if (provider != null) {
            provider.close();
        }
        node.terminate();
        node.close();
    }

    @BeforeEach
    void open() throws IOException {
        browser = Browser.start();
        browser.before(WATCH_SOCKETS);
        browser.open(node.uri("/").toString());
        awaitText("whoami", "anonymous · public");
    }

    @AfterEach
    void close() {
        // So that its cookies are forgotten too.
        browser.open(issuer + "/");
        browser.close();
    }

    @Test
    void aPersonSignsInIsRenewedOnTheOpenSocketAndSignsOut() throws IOException {
        assertTrue(browser.find("[data-type='order:created']:not([hidden])").isEmpty(), "what public may not see");
        roles("admin");
        signIn();
        awaitText("whoami", user + " · admin");
        assertEquals(node.uri("/").toString(), browser.address());
        assertEquals(0L, browser.evaluate("return localStorage.length"));
        Object secrets = browser.evaluate("return JSON.parse(sessionStorage.getItem('millrace.grant')).access");
        assertEquals(3, String.valueOf(secrets).split("\\.").length);

        // Renewed: the same socket, on which events go on.
        await().atMost(TIMEOUT).until(() -> (Long) count("auth") >= 2);
        JsonObject order = Shop.order();
        admin.post(order);
        await().until(() -> rows().contains(order.getJsonObject("data").getString("orderId")));
        assertEquals("live", browser.text("connection-state"));
        assertEquals(1L, browser.evaluate("return sockets.length"));
        assertFalse(provider.all("granted", String.class).isEmpty());

        // Fewer rights at the provider are fewer rights here, with the next token.
        roles("customer");
        awaitText("whoami", user + " · customer");
        await().until(() -> browser.count("order-row") == 0
                && !browser.find("mr-orders-list").isEmpty());
        JsonObject others = Shop.order();
        JsonObject own = Shop.order(Shop.unique("own"), user);
        admin.post(others);
        admin.post(own);
        await().until(() -> rows().contains(own.getJsonObject("data").getString("orderId")));
        assertFalse(rows().contains(others.getJsonObject("data").getString("orderId")), "somebody else's order");
        assertEquals(1L, browser.evaluate("return sockets.length"));
        assertEquals(List.of(), browser.scriptErrors());

        // A copy of the tab has its storage: it signs in itself, and this one's refresh token stays good for it.
        browser.evaluate("window.open(location.href)");
        browser.showTab(1);
        await().until(() -> !browser.find("button.login-submit").isEmpty());
        browser.closeTab();
        browser.showTab(0);
        browser.evaluate("location.reload()");
        awaitText("whoami", user + " · customer");
        await().atMost(TIMEOUT).untilAsserted(() -> assertTrue((Long) count("auth") >= 2, browser.text("sign-in-why")));
        assertEquals("", browser.text("sign-in-why"));

        await().untilAsserted(() -> assertEquals(1, connections(), "of the pages that were left none"));
        browser.click("sign-out");
        await().until(() -> !browser.find("button[value=yes]").isEmpty());
        await().untilAsserted(() -> assertEquals(0, connections()));
        browser.find("button[value=yes]").get(0).click();
        awaitText("sign-in-words", "You are signed out.");
        assertEquals(0L, browser.evaluate("return sessionStorage.length"));
        browser.click("sign-in-elsewhere");
        await("the provider's session ended")
                .until(() -> !browser.find("input[name=login]").isEmpty());
    }

    @Tag("long")
    @Test
    void whatGoesWrongIsToldWithTheWayToSignInAgain() throws Exception {
        browser.click("sign-in-elsewhere");
        await().until(() -> !browser.find("input[name=login]").isEmpty());
        browser.find(".login-help a").get(0).click();
        awaitWords("cancelled or not allowed (access_denied");

        browser.open(node.uri("/sign-in?code=stolen&state=guessed").toString());
        awaitWords("belongs to no sign-in that was begun in this tab");
        assertEquals(node.uri("/sign-in").toString(), browser.address());

        provider.tell("format", "opaque");
        signIn();
        awaitWords("is opaque");
        assertEquals(null, browser.evaluate("return sessionStorage.getItem('millrace.grant')"));
        provider.tell("format", "jwt");

        // Gone while somebody is signed in: the page goes on until the token ends, and says so.
        roles("admin");
        signIn();
        awaitText("whoami", user + " · admin");
        provider.close();
        await().atMost(TIMEOUT).until(() -> browser.text("sign-in-why").contains("can’t be reached"));
        assertEquals("live", browser.text("connection-state"));
        startProvider();
        await().atMost(TIMEOUT)
                .until(() -> browser.text("sign-in-why").contains("session at the sign-in provider has ended"));
        await().atMost(TIMEOUT).until(() -> browser.count("order-row") == 0);
        signIn();
        awaitText("whoami", user + " · ");
    }

    private void signIn() {
        browser.click("sign-in-elsewhere");
        await().until(() ->
                !browser.find("input[name=login], button.login-submit").isEmpty());
        if (!browser.find("input[name=login]").isEmpty()) {
            browser.find("input[name=login]").get(0).sendKeys(user);
            browser.find("input[name=password]").get(0).sendKeys("any");
            browser.find("button.login-submit").get(0).click();
        }
        await().until(() -> browser.find("input[name=login]").isEmpty()
                && !browser.find("button.login-submit").isEmpty());
        browser.find("button.login-submit").get(0).click();
    }

    private void roles(String role) {
        provider.tell("roles", new JsonObject().put(user, new JsonArray().add(role)));
    }

    private Object count(String type) {
        return browser.evaluate("return sockets.flatMap((s) => s.sent).filter((t) => t === '" + type + "').length");
    }

    private String rows() {
        return String.join("\n", browser.texts("order-row"));
    }

    /** Of the node, which serves this page alone. */
    private double connections() {
        return new MetricsReader(node).sum("millrace_broadcast_connections ");
    }

    private void awaitWords(String part) {
        await().atMost(TIMEOUT)
                .until(() -> browser.texts("sign-in-words").stream().anyMatch(words -> words.contains(part)));
    }

    private void awaitText(String testId, String text) {
        await().atMost(TIMEOUT).until(() -> browser.texts(testId).stream().anyMatch(one -> one.startsWith(text)));
    }
}
