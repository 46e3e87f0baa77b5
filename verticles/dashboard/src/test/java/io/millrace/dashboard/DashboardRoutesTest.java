package io.millrace.dashboard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.dashboard.document.DocumentsTest;
import io.millrace.domain.DomainModel;
import io.millrace.platform.auth.Issuer;
import io.millrace.platform.settings.PackFiles;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DashboardRoutesTest {
    private static final Vertx VERTX = Vertx.vertx();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Pattern NAMED = Pattern.compile("(?:href|src)=\"(/[^\"]*)\"");
    /** With the packs of {@code conf/domains}. */
    private static int port;

    /** With a pack that brings no page of its own. */
    private static int otherPort;

    /** With an issuer at which people sign in. */
    private static int signInPort;

    @BeforeAll
    static void start() throws Exception {
        port = listen(PackFiles.load(Path.of(System.getProperty("millrace.root", "../.."), "conf", "domains")), null);
        otherPort = listen(DocumentsTest.DOMAINS, null);
        signInPort = listen(
                DocumentsTest.DOMAINS,
                new Issuer.SignIn(
                        "https://login.example:8443/realms/a",
                        "https://login.example:8443",
                        "pages\"><script>",
                        List.of("openid", "offline_access"),
                        "https://millrace.example",
                        null,
                        "consent"));
    }

    private static int listen(DomainModel domains, Issuer.@Nullable SignIn signIn) throws Exception {
        Router router = Router.router(VERTX);
        new DashboardStage(domains, new DashboardSettings(9081, 9701), signIn).routes(router);
        return await(VERTX.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"))
                .actualPort();
    }

    @AfterAll
    static void stop() throws Exception {
        await(VERTX.close());
    }

    @ParameterizedTest
    @CsvSource({
        "/, text/html; charset=utf-8",
        "/account, text/html; charset=utf-8",
        "/guilds, text/html; charset=utf-8",
        "/game, text/html; charset=utf-8",
        "/betting, text/html; charset=utf-8",
        "/streams, text/html; charset=utf-8",
        "/demo, text/html; charset=utf-8",
        "/console, text/html; charset=utf-8",
        "/docs, text/html; charset=utf-8",
        "/assets/app.js, text/javascript; charset=utf-8",
        "/assets/theme.css, text/css; charset=utf-8",
        "/assets/page.css, text/css; charset=utf-8",
        "/docs/docs.css, text/css; charset=utf-8",
        "/assets/icon.svg, image/svg+xml",
        "/assets/uplot.js, text/javascript; charset=utf-8",
        "/assets/uplot.css, text/css; charset=utf-8",
        "/client/millrace.js, text/javascript; charset=utf-8",
        "/client/millrace.d.ts, text/plain; charset=utf-8",
    })
    void aFileComesWithItsTypeAndTheHeadersThatKeepItSafe(String path, String type) throws Exception {
        HttpResponse<String> response = send("GET", path);

        assertEquals(200, response.statusCode());
        assertEquals(type, header(response, "content-type"));
        assertEquals(DashboardRoutes.CONTENT_SECURITY_POLICY, header(response, "content-security-policy"));
        assertEquals("nosniff", header(response, "x-content-type-options"));
        assertEquals("no-referrer", header(response, "referrer-policy"));
        assertEquals("no-cache", header(response, "cache-control"));
    }

    @ParameterizedTest
    @CsvSource({
        "/, /assets/app.js",
        "/account, /assets/account.js",
        "/guilds, /assets/guilds.js",
        "/game, /assets/game.js",
        "/betting, /assets/betting.js",
        "/streams, /assets/streams.js",
        "/console, /assets/console.js",
        "/docs, /docs/docs.js"
    })
    void aPageHasNothingInlineThatItsOwnPolicyWouldForbid(String path, String script) throws Exception {
        String page = send("GET", path).body();

        assertTrue(page.contains("<script type=\"module\" src=\"" + script + "\"></script>"), page);
        assertTrue(!page.contains("<style") && !page.contains(" style=") && !page.contains(" onclick="), page);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/account", "/guilds", "/game", "/betting", "/streams", "/demo", "/console", "/docs"})
    void aPageIsInTheColoursOfAllAndWhatItNamesIsThere(String path) throws Exception {
        List<String> named = NAMED.matcher(send("GET", path).body())
                .results()
                .map(found -> found.group(1))
                .toList();

        assertTrue(named.contains("/assets/theme.css"), named::toString);
        for (String file : named) {
            assertEquals(200, send("GET", file).statusCode(), file);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/account", "/guilds", "/game", "/betting", "/streams", "/demo", "/console", "/docs"})
    void everyPageLinksEveryOtherAndTheDocuments(String path) throws Exception {
        String page = send("GET", path).body();

        for (String other :
                List.of("/", "/account", "/guilds", "/game", "/betting", "/streams", "/demo", "/console", "/docs")) {
            String link = "href=\"" + other + "\"";
            assertTrue(page.contains(link), () -> path + " has no " + link);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "openapi,  '',    http://127.0.0.1:PORT, http://{node}:9081",
        "openapi,  https, https://127.0.0.1:PORT, http://{node}:9081",
        "asyncapi, '',    '\"host\":\"127.0.0.1:PORT\",\"pathname\":\"/api/ws\",\"protocol\":\"ws\"', {node}:9701",
        "asyncapi, https, '\"host\":\"127.0.0.1:PORT\",\"pathname\":\"/api/ws\",\"protocol\":\"wss\"', {node}:9701",
    })
    void aDocumentNamesTheAddressAtWhichItIsRead(String document, String proto, String address, String other)
            throws Exception {
        String text = send("GET", "/docs/" + document + ".json", "X-Forwarded-Proto", proto)
                .body();

        assertTrue(text.contains(address.replace("PORT", Integer.toString(port))), text);
        assertTrue(text.contains(other), text);
        assertFalse(text.contains(".invalid") || text.contains("localhost"), text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/streams"})
    void aPackWithoutAPageOfItsOwnHasTheOneThatFitsAll(String path) throws Exception {
        String page = send(otherPort, "GET", path).body();

        assertTrue(page.contains("src=\"/assets/streams.js\""), page);
        assertFalse(page.contains("/guilds") || page.contains("/game"), page);
        assertTrue(page.contains("href=\"/docs\""), page);
        for (String missing : List.of("/account", "/guilds", "/game", "/betting")) {
            assertEquals(404, send(otherPort, "GET", missing).statusCode(), missing);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/streams", "/sign-in"})
    void aPageKnowsWhereToSignInAndMayAskThatIssuerAndNobodyElse(String path) throws Exception {
        HttpResponse<String> page = send(signInPort, "GET", path);

        String policy = header(page, "content-security-policy");
        assertTrue(policy.contains("; connect-src 'self' https://login.example:8443; "), policy);
        assertEquals(
                DashboardRoutes.CONTENT_SECURITY_POLICY, policy.replace(" https://login.example:8443", ""), "no more");
        assertTrue(page.body().contains("<meta name=\"sign-in\" content=\"{"), page.body());
        assertTrue(page.body().contains("&quot;scope&quot;:&quot;openid offline_access&quot;"), page.body());
        assertTrue(page.body().contains("&quot;resource&quot;:&quot;https://millrace.example&quot;"), page.body());
        assertFalse(page.body().contains("audience") || page.body().contains("<script>"), page.body());
        assertEquals(
                DashboardRoutes.CONTENT_SECURITY_POLICY,
                header(send(signInPort, "GET", "/docs"), "content-security-policy"));
    }

    @Test
    void withoutAnIssuerToSignInAtAPageSaysNothingOfIt() throws Exception {
        assertFalse(send("GET", "/").body().contains("name=\"sign-in\""));
        assertEquals(404, send("GET", "/sign-in").statusCode());
    }

    @Test
    void aBrowserThatHasTheContentGetsA304() throws Exception {
        String tag = header(send("GET", "/assets/app.js"), "etag");

        assertEquals(304, send("GET", "/assets/app.js", "If-None-Match", tag).statusCode());
        assertEquals(
                200, send("GET", "/assets/app.js", "If-None-Match", "\"old\"").statusCode());
    }

    @Test
    void headAnswersAsGetWithoutTheBody() throws Exception {
        HttpResponse<String> head = send("HEAD", "/");

        assertEquals(200, head.statusCode());
        assertEquals("", head.body());
        assertEquals(String.valueOf(send("GET", "/").body().getBytes(UTF_8).length), header(head, "content-length"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/assets/..%2F..%2F..%2Fio/millrace/dashboard/DashboardRoutes.class",
                "/assets/..%2Fclient%2Fmillrace.js",
                "/assets/../client/none.js",
                "/assets/%2e%2e/%2e%2e/MANIFEST.MF",
                "/assets/..%5C..%5Cclient%5Cmillrace.js",
                "/assets/..%255C..%255Cclient%255Cmillrace.js",
                "/assets/%252e%252e%252fclient%252fmillrace.js",
                "/assets/app.js%2F..%2F..%2Fclient%2Fmillrace.js",
                "/assets/..;/client/millrace.js",
                "/assets/.hidden.js",
                "/assets/",
                "/assets/none.js",
                "/client/package.json",
            })
    void whatIsNotAPageFileIsNotThere(String path) throws Exception {
        assertEquals(404, send("GET", path).statusCode());
        assertEquals(200, send("GET", "/assets/app.js").statusCode());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/assets/app.js", "/client/millrace.js"})
    void onlyReadingIsAllowed(String path) throws Exception {
        assertEquals(405, send("POST", path).statusCode());
    }

    private static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    private static HttpResponse<String> send(String method, String path, String... headers)
            throws IOException, InterruptedException {
        return send(port, method, path, headers);
    }

    private static HttpResponse<String> send(int port, String method, String path, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(method, BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), BodyHandlers.ofString());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
}
