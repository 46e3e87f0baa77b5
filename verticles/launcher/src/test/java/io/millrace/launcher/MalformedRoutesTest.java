package io.millrace.launcher;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.http.HttpSettings;
import io.millrace.platform.http.server.HttpServerVerticle;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.node.Stage;
import io.millrace.testkit.client.InternalDetails;
import io.millrace.testkit.client.RawHttpClient;
import io.millrace.testkit.process.Ports;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every route of every stage, on one front, with what is no request anywhere: one answer for all of them, in our words, and one
 * count. What a route does with its own parameters is in its stage's table.
 */
@Timeout(120)
@SuppressWarnings("NullAway.Init")
class MalformedRoutesTest {
    private static final Path CONF = Path.of(System.getProperty("millrace.root", "../.."), "conf");
    private static final Vertx VERTX = Vertx.vertx();
    private static final SimpleMeterRegistry METRICS = new SimpleMeterRegistry();
    /** Methods and paths. */
    private static final TreeSet<String> ROUTES = new TreeSet<>();

    private static int port;
    private static String token;

    @BeforeAll
    static void start() throws Exception {
        port = new Ports().free();
        Configuration configuration = Configuration.load(
                CONF, List.of(), Map.of(), Map.of("http.port", "" + port, "http.read.timeout", "300ms"));
        Health health = new Health();
        TokenVerifier tokens = new TokenVerifier(VERTX, new byte[32], Clock.systemUTC());
        token = "Authorization: Bearer " + tokens.signer().issue("boss", Set.of("admin"), Duration.ofMinutes(5)) + "~";
        NodeContext node = new NodeContext(
                VERTX,
                new Bus(VERTX, Duration.ofSeconds(1)),
                configuration.domains(),
                tokens,
                METRICS,
                health,
                1 << 20);
        List<Stage> stages = configuration.stages().values().stream()
                .map(made -> made.apply(node))
                .toList();
        // Broadcast puts its routes on what its verticle has made; the others work without theirs, in vain.
        int broadcast = List.copyOf(configuration.stages().keySet()).indexOf("broadcast");
        String deployed = VERTX.deployVerticle(
                        Objects.requireNonNull(stages.get(broadcast).verticle()))
                .await(20, TimeUnit.SECONDS);
        deployed = VERTX.deployVerticle(new HttpServerVerticle(
                        HttpSettings.from(configuration.settings()),
                        health,
                        List.of(stages.get(broadcast), new Routes(stages, broadcast)),
                        METRICS))
                .await(20, TimeUnit.SECONDS);
    }

    /** The others' routes, and what they are. */
    private record Routes(List<Stage> stages, int but) implements Stage {
        @Override
        public io.vertx.core.@org.jspecify.annotations.Nullable Deployable verticle() {
            return null;
        }

        @Override
        public void routes(Router router) {
            for (int i = 0; i < stages.size(); i++) {
                if (i != but) {
                    stages.get(i).routes(router);
                }
            }
            for (Route route : router.getRoutes()) {
                if (route.methods() != null && route.getPath() != null) {
                    String path = route.getPath().replaceAll(":\\w+", "1") + (route.isExactPath() ? "" : "/x");
                    route.methods().forEach(method -> ROUTES.add(method + " " + path.replace("//", "/")));
                }
            }
        }
    }

    @AfterAll
    static void stop() throws Exception {
        VERTX.close().await(20, TimeUnit.SECONDS);
    }

    @ParameterizedTest(name = "{0} is {1} {2} everywhere")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    a method nobody knows | 405 | method_not_allowed  | BREW PATH HTTP/1.1~Host: a~TOKEN~
                    no Host               | 400 | bad_message         | ROUTE HTTP/1.1~~
                    two Hosts             | 400 | bad_message         | ROUTE HTTP/1.1~Host: a~Host: b~~
                    a bad %               | 400 | bad_message         | ROUTE?x=%zz HTTP/1.1~Host: a~~
                    a cut %               | 400 | bad_message         | ROUTE% HTTP/1.1~Host: a~~
                    NUL                   | 400 | bad_message         | ROUTE?x=%00 HTTP/1.1~Host: a~~
                    no UTF-8              | 400 | bad_message         | ROUTE?x=%ff HTTP/1.1~Host: a~~
                    a folded header       | 400 | bad_message         | ROUTE HTTP/1.1~Host: a~X: b~ c~~
                    a length and chunks   | 400 | bad_message         | ROUTE HTTP/1.1~Host: a~Content-Length: 1~Transfer-Encoding: chunked~~0~~
                    a length that is none | 400 | bad_message         | ROUTE HTTP/1.1~Host: a~Content-Length: one~~
                    two tokens            | 400 | bad_message         | ROUTE HTTP/1.1~Host: a~Authorization: Bearer a~Authorization: Bearer b~~
                    something expected    | 417 | expectation_failed  | ROUTE HTTP/1.1~Host: a~Expect: more~~
                    a huge target         | 414 | uri_too_long        | ROUTE?HUGE HTTP/1.1~Host: a~~
                    a huge header         | 431 | headers_too_large   | ROUTE HTTP/1.1~Host: a~X: HUGE~~
                    a huge body           | 413 | too_large           | ROUTE HTTP/1.1~Host: a~TOKENContent-Length: 999999999999~~
                    """)
    void whatIsNoRequestIsRefused(String what, int status, String code, String written) throws Exception {
        assertTrue(ROUTES.size() > 30, ROUTES::toString);
        for (String route : ROUTES) {
            String request = written.replace("ROUTE", route)
                    .replace("PATH", route.substring(route.indexOf(' ') + 1))
                    .replace("TOKEN", token)
                    .replace("~", "\r\n")
                    .replace("HUGE", "x".repeat(10_000));
            double before = counted("millrace.http.refused.requests");
            try (RawHttpClient raw = new RawHttpClient(port)) {
                String answer = raw.send(request).answer();
                assertTrue(answer.startsWith(" " + status + " ", "HTTP/1.1".length()), route + ": " + answer);
                if (!route.startsWith("HEAD")) {
                    assertEquals(
                            code,
                            new JsonObject(answer.substring(answer.indexOf("\r\n\r\n") + 4)).getString("code"),
                            answer);
                }
                assertEquals("", InternalDetails.in(answer));
                await().pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofMillis(2))
                        .until(() -> counted("millrace.http.refused.requests") == before + 1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/metrics", "/health", "/health/live", "/health/ready", "/api/metrics", "/api/health"})
    void whatIsForOperatorsIsOnTheManagementPortAlone(String path) throws Exception {
        try (RawHttpClient raw = new RawHttpClient(port)) {
            String answer = raw.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n" + token.replace("~", "\r\n") + "\r\n")
                    .answer();
            assertTrue(answer.startsWith("HTTP/1.1 404 "), answer);
        }
    }

    @Test
    void noRouteWaitsForASlowHeader() throws Exception {
        double before = counted("millrace.http.refused.connections");
        Map<String, RawHttpClient> slow = new TreeMap<>();
        for (String route : ROUTES) {
            slow.put(route, new RawHttpClient(port).send(route + " HTTP/1.1\r\nHost: a\r\nX"));
        }
        for (Map.Entry<String, RawHttpClient> one : slow.entrySet()) {
            String answer = one.getValue().answer();
            assertTrue(answer.startsWith("HTTP/1.1 408 "), one.getKey() + ": " + answer);
            one.getValue().close();
        }
        assertEquals(before + slow.size(), counted("millrace.http.refused.connections"));
    }

    private static double counted(String name) {
        return METRICS.get(name).counters().stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }
}
