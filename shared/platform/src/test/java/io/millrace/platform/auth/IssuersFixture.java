package io.millrace.platform.auth;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.platform.auth.keys.KeySettings;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Issuers with their files, and a server of key sets. */
@SuppressWarnings("NullAway.Init")
class IssuersFixture {
    static final byte[] SECRET = SigningParty.bytes("a secret of more than thirty-two bytes");
    static final KeySettings QUICK = new KeySettings(
            Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofMillis(300), Duration.ofMillis(200));

    final Vertx vertx = Vertx.vertx();
    final long now = Instant.now().getEpochSecond();
    final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    final Map<String, String> environment = new HashMap<>();
    final AtomicInteger fetches = new AtomicInteger();
    /** The paths that the server was asked for. */
    final Set<String> asked = java.util.concurrent.ConcurrentHashMap.newKeySet();
    /** What the server answers: bodies by path; none is 404. */
    final Map<String, String> served = new java.util.concurrent.ConcurrentHashMap<>();

    @TempDir
    Path folder;

    /** Whether Millrace's own tokens are accepted besides. */
    boolean own = true;

    int port;
    private HttpServer server;

    @BeforeEach
    void serve() throws Exception {
        listen(0);
    }

    void listen(int wanted) throws Exception {
        server = vertx.createHttpServer()
                .requestHandler(request -> {
                    fetches.incrementAndGet();
                    asked.add(request.path());
                    String body = served.get(request.path());
                    if ("silence".equals(body)) {
                        return;
                    }
                    request.response()
                            .setStatusCode(body == null ? 404 : 200)
                            .putHeader("Content-Type", "application/json")
                            .end(body == null ? "" : body);
                })
                .listen(wanted, "127.0.0.1")
                .await(10, TimeUnit.SECONDS);
        port = server.actualPort();
    }

    void stopServing() throws Exception {
        server.close().await(10, TimeUnit.SECONDS);
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    String address(String path) {
        return "http://127.0.0.1:" + port + path;
    }

    void write(String name, String content) throws IOException {
        Files.writeString(folder.resolve(name), content);
    }

    List<ConfigurationError> problems() {
        List<ConfigurationError> problems = new ArrayList<>();
        issuers(problems);
        return problems;
    }

    private List<Issuer> issuers(List<ConfigurationError> problems) {
        return new IssuerFiles(
                        environment,
                        QUICK,
                        Set.of("admin", "customer", "public"),
                        Set.of("rooms", "meta", "meta.rooms"),
                        own,
                        problems)
                .read(folder);
    }

    TokenVerifier verifier() {
        return verifier(new AuthSettings(true, Duration.ofDays(3_653), 1 << 20, 100, QUICK));
    }

    TokenVerifier verifier(AuthSettings settings) {
        List<ConfigurationError> problems = new ArrayList<>();
        List<Issuer> issuers = issuers(problems);
        assertEquals(List.of(), problems);
        return new TokenVerifier(vertx, SECRET, settings, issuers, Clock.systemUTC(), metrics);
    }

    /** Of the issuer {@code https://a.example} for {@code millrace}. */
    String claims(String more) {
        return claims("https://a.example", more);
    }

    String claims(String issuer, String more) {
        return "{\"iss\":\"" + issuer + "\",\"aud\":\"millrace\",\"sub\":\"u\",\"roles\":[\"customer\"],\"iat\":" + now
                + ",\"exp\":" + (now + 3_600) + more + "}";
    }

    /** Also what throws meanwhile. */
    static void eventually(ThrowingRunnable assertion) {
        await().ignoreExceptions().pollInterval(Duration.ofMillis(20)).untilAsserted(assertion);
    }

    static Principal verified(TokenVerifier verifier, String token) throws Exception {
        return verifier.verify(token).toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    /** And counted, once. */
    void assertRefused(TokenVerifier verifier, String token) {
        double before = refusals();
        assertFails(Failure.UNAUTHENTICATED, verifier, token);
        assertEquals(before + 1, refusals(), "counted once");
    }

    private double refusals() {
        return metrics.find("millrace.auth.refused.tokens").counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    static MillraceException assertFails(Failure failure, TokenVerifier verifier, String token) {
        ExecutionException refused = assertThrows(ExecutionException.class, () -> verified(verifier, token));
        MillraceException known = assertInstanceOf(MillraceException.class, refused.getCause());
        assertEquals(failure, known.failure(), known.getMessage());
        return known;
    }
}
