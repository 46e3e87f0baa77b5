package io.millrace.benchmarks.jmh;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.platform.auth.AuthSettings;
import io.millrace.platform.auth.Issuer;
import io.millrace.platform.auth.IssuerFiles;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.auth.TokenSigner;
import io.millrace.platform.auth.TokenVerifier;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The cost of a token that is known and of one that isn't, by algorithm. The unknown one includes the way to another thread
 * and back, except for HS256.
 */
public class TokenBenchmark extends MicroBenchmark {
    /** More than the cache of this verifier holds. */
    private static final int TOKENS = 2_000;

    private static final String ISSUER = "https://login.example";

    @Param({"HS256", "RS256", "ES256", "EdDSA"})
    private String algorithm = "HS256";

    private final List<String> tokens = new ArrayList<>();
    private @Nullable Vertx vertx;
    private @Nullable TokenVerifier verifier;
    private String known = "";
    private int next;

    /** Makes a key of the algorithm, its issuer, and tokens. */
    @Setup
    public void sign() throws IOException, GeneralSecurityException {
        Vertx started = Vertx.vertx();
        vertx = started;
        List<Issuer> issuers = new ArrayList<>();
        TokenSigner signer = null;
        if (!algorithm.equals("HS256")) {
            KeyPair pair = pair();
            signer =
                    TokenSigner.of(started, pem("PRIVATE KEY", pair.getPrivate().getEncoded()), "k");
            issuers.addAll(issuers(pair));
        }
        AuthSettings small = new AuthSettings(
                true,
                AuthSettings.DEFAULTS.tokenLife(),
                64 << 10,
                AuthSettings.DEFAULTS.maxWaiting(),
                AuthSettings.DEFAULTS.keys());
        TokenVerifier made =
                new TokenVerifier(started, new byte[32], small, issuers, Clock.systemUTC(), new SimpleMeterRegistry());
        for (int i = 0; i < TOKENS; i++) {
            JsonObject claims = new JsonObject()
                    .put("iss", ISSUER)
                    .put("aud", "millrace")
                    .put("sub", "customer-" + i)
                    .put("roles", List.of("customer"));
            tokens.add(
                    signer == null
                            ? made.signer().issue("customer-" + i, Set.of("customer"), Duration.ofHours(1))
                            : signer.sign(claims, Duration.ofHours(1)));
        }
        known = made.signer().issue("known", Set.of("customer"), Duration.ofHours(1));
        known = signer == null ? known : tokens.get(0);
        verifier = made;
    }

    private KeyPair pair() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(
                algorithm.equals("RS256") ? "RSA" : algorithm.equals("ES256") ? "EC" : "Ed25519");
        if (algorithm.equals("RS256")) {
            generator.initialize(2_048);
        } else if (algorithm.equals("ES256")) {
            generator.initialize(256);
        }
        return generator.generateKeyPair();
    }

    private static List<Issuer> issuers(KeyPair pair) throws IOException {
        Path folder = Files.createTempDirectory("issuers");
        Path key = Files.writeString(
                folder.resolve("key.pem"), pem("PUBLIC KEY", pair.getPublic().getEncoded()));
        Path file = Files.writeString(
                folder.resolve("issuer.yaml"),
                "issuer: " + ISSUER + "\naudience: [millrace]\nprefix: ''\nkeys: [{ file: key.pem, kid: k }]\n");
        List<ConfigurationError> problems = new ArrayList<>();
        List<Issuer> issuers = new IssuerFiles(
                        Map.of(), AuthSettings.DEFAULTS.keys(), Set.of(), Set.of(), true, problems)
                .read(folder);
        key.toFile().deleteOnExit();
        file.toFile().deleteOnExit();
        return issuers;
    }

    private static String pem(String type, byte[] encoded) {
        return "-----BEGIN " + type + "-----\n" + Base64.getMimeEncoder().encodeToString(encoded) + "\n-----END " + type
                + "-----\n";
    }

    /** A text of its own each time, as a request brings it. */
    @Benchmark
    public Principal known() {
        return verified(new String(known.toCharArray()));
    }

    /** Never the one that is remembered. */
    @Benchmark
    public Principal unknown() {
        next = (next + 1) % TOKENS;
        return verified(tokens.get(next));
    }

    private Principal verified(String token) {
        return Objects.requireNonNull(verifier)
                .verify(token)
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    @TearDown
    public void close() {
        Objects.requireNonNull(vertx)
                .close()
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }
}
