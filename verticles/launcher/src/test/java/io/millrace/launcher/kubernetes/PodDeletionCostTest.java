package io.millrace.launcher.kubernetes;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.platform.node.Health;
import io.millrace.platform.settings.Settings;
import io.millrace.testkit.network.TestAuthority;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.PemKeyCertOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** A pod beside an API server that takes notes. */
@SuppressWarnings("NullAway.Init")
class PodDeletionCostTest {
    private static final String POD = "millrace-broadcast-7c9d-x2lqv";
    private static final int EVERY_MS = 20;

    @TempDir
    Path account;

    @TempDir
    Path elsewhere;

    private final Vertx vertx = Vertx.vertx();
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final Health health = new Health();
    private final AtomicInteger connections = new AtomicInteger();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(PodDeletionCost.class);
    private volatile int status = 200;
    private volatile String answer = "{}";
    private int port;

    /** What the API server was asked. */
    private record Request(String line, @Nullable String token, @Nullable String type, JsonObject body) {
        static Request of(HttpServerRequest request, JsonObject body) {
            return new Request(
                    request.method() + " " + request.uri(),
                    request.getHeader("Authorization"),
                    request.getHeader("Content-Type"),
                    body);
        }

        String cost() {
            return body.getJsonObject("metadata")
                    .getJsonObject("annotations")
                    .getString("controller.kubernetes.io/pod-deletion-cost");
        }
    }

    @BeforeEach
    void begin() throws Exception {
        new TestAuthority(account).issue("api");
        Files.writeString(account.resolve("token"), "first\n");
        Files.writeString(account.resolve("namespace"), "millrace");
        port = vertx.createHttpServer(new HttpServerOptions()
                        .setSsl(true)
                        .setKeyCertOptions(new PemKeyCertOptions()
                                .addCertPath(account.resolve("api.crt").toString())
                                .addKeyPath(account.resolve("api.key").toString())))
                .requestHandler(request -> request.body()
                        .compose(body -> {
                            requests.add(Request.of(request, body.toJsonObject()));
                            return request.response().setStatusCode(status).end(answer);
                        })
                        .onFailure(gone -> {}))
                .listen(0, "127.0.0.1")
                .await(10, TimeUnit.SECONDS)
                .actualPort();
        metrics.gauge("millrace.broadcast.connections", connections);
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void end() throws Exception {
        logger.detachAppender(log);
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private void deploy() throws Exception {
        KubernetesSettings settings = new KubernetesSettings(POD, "https://127.0.0.1:" + port, account);
        var unused = vertx.deployVerticle(new PodDeletionCost(settings, POD, metrics, health, EVERY_MS))
                .await(10, TimeUnit.SECONDS);
    }

    @Test
    void aPodPatchesTheAnnotationOfItselfAndNothingElse() throws Exception {
        connections.set(4_711);
        deploy();
        await().until(() -> !requests.isEmpty());
        assertEquals(
                new Request(
                        "PATCH /api/v1/namespaces/millrace/pods/" + POD,
                        "Bearer first",
                        "application/merge-patch+json",
                        new JsonObject(
                                """
                                {"metadata": {"annotations": {"controller.kubernetes.io/pod-deletion-cost": "4711"}}}""")),
                requests.get(0));
        assertEquals(List.of(), List.copyOf(log.list));
        assertEquals(0, failures());
    }

    @Test
    void aNewPodTellsItsNumberAndThenAChangeOfMoreThanATenth() throws Exception {
        deploy();
        await().until(() -> costs().equals(List.of("0")));
        connections.set(100);
        await().until(() -> costs().equals(List.of("0", "100")));
        for (int close : List.of(110, 90, 101)) {
            connections.set(close);
            await().during(Duration.ofMillis(5 * EVERY_MS)).until(() -> costs().size() == 2);
        }
        connections.set(89);
        await().until(() -> costs().equals(List.of("0", "100", "89")));
    }

    @Test
    void theTokenIsTheOneThatIsInTheFileNow() throws Exception {
        deploy();
        await().until(() -> requests.size() == 1);
        Files.writeString(account.resolve("token"), "second");
        connections.set(7);
        await().until(() -> requests.size() == 2);
        assertEquals("Bearer second", requests.get(1).token());
    }

    @Test
    void aFailureIsLoggedOnceAndCountedUntilItIsOver() throws Exception {
        status = 403;
        answer = "{\"kind\":\"Status\",\"message\":\"pods is forbidden\"}";
        deploy();
        await().until(() -> failures() >= 3);
        assertEquals(1, logged(Level.WARN).size());
        assertTrue(logged(Level.WARN).get(0).endsWith(": it answers 403 pods is forbidden"), log.list::toString);
        status = 200;
        await().until(() -> logged(Level.INFO).size() == 1);
        int told = requests.size();
        await().during(Duration.ofMillis(5 * EVERY_MS)).until(() -> requests.size() == told);
    }

    @Test
    void aServerOfAnotherAuthorityIsNotGivenTheToken() throws Exception {
        new TestAuthority(elsewhere).issue("other");
        Files.copy(elsewhere.resolve("ca.crt"), account.resolve("ca.crt"), StandardCopyOption.REPLACE_EXISTING);
        deploy();
        await().until(() -> failures() >= 1);
        assertEquals(List.of(), requests);
    }

    @Test
    void withoutAnAccountNothingIsAskedAndTheNodeGoesOn() throws Exception {
        Files.delete(account.resolve("token"));
        deploy();
        await().until(() -> failures() >= 2);
        assertEquals(List.of(), requests);
        assertEquals(1, logged(Level.WARN).size());
    }

    @Test
    void aPodThatDrainsTellsNothing() throws Exception {
        health.drain();
        connections.set(9);
        deploy();
        await().during(Duration.ofMillis(5 * EVERY_MS)).until(() -> requests.isEmpty());
        assertEquals(0, failures());
    }

    @ParameterizedTest
    @CsvSource({
        "kubernetes.pod, ../pods/other",
        "kubernetes.pod, A",
        "kubernetes.api, http://kubernetes.default.svc",
        "kubernetes.api, https://kubernetes.default.svc/api",
        "kubernetes.api, nonsense"
    })
    void whatIsNoPodAndNoAddressIsRefused(String name, String value) throws Exception {
        Settings settings = Settings.load(null, Map.of(), Map.of(name, value));
        KubernetesSettings.from(settings);
        String said = String.valueOf(assertThrows(InvalidConfigurationException.class, settings::check)
                .getMessage());
        assertTrue(said.contains(name), said);
    }

    private List<String> costs() {
        return requests.stream().map(Request::cost).toList();
    }

    private List<String> logged(Level level) {
        return log.list.stream()
                .filter(line -> line.getLevel().equals(level))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    private double failures() {
        return metrics.counter("millrace.node.deletion.cost.failures").count();
    }
}
