package io.millrace.launcher.command;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.Namespace;
import io.millrace.domain.yaml.Durations;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.launcher.Configuration;
import io.millrace.launcher.SigningKey;
import io.millrace.platform.auth.Issuer;
import io.millrace.platform.auth.TokenSigner;
import io.millrace.platform.auth.TokenVerifier;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Prints a signed token to stdout. */
@Command(name = "token", description = "print a signed token")
public final class TokenCommand implements Callable<Integer> {
    /** Ten years: the JWT library counts seconds in 32 bits. */
    private static final int MAX_HOURS = 87_600;

    /** Claims that the other options and the signing set. */
    public static final Set<String> OWN = Set.of("sub", "roles", "exp", "nbf", "iat", "iss", "aud");

    @Mixin
    private Options options = new Options();

    @Option(
            names = "--role",
            required = true,
            paramLabel = "ROLE",
            description = "a role of the domain packs; repeatable")
    private Set<String> roles = new LinkedHashSet<>();

    @Option(names = "--user", paramLabel = "USER", description = "the user (default: ${DEFAULT-VALUE})")
    private String user = "dev";

    @Option(
            names = "--claim",
            paramLabel = "NAME=KEY[,KEY…]",
            description = "the keys of the streams that a claim opens: rooms=42,43; repeatable")
    private Map<String, String> claims = new LinkedHashMap<>();

    @Option(
            names = "--hours",
            paramLabel = "N",
            description = "how long it is valid, 1 to " + MAX_HOURS + " (default: ${DEFAULT-VALUE})")
    private int hours = 12;

    @Option(
            names = "--expires",
            paramLabel = "TIME",
            description = "how long it is valid, instead of --hours: 90s, 15m, 30d")
    private @Nullable String expires;

    @Option(
            names = "--issuer",
            paramLabel = "URL",
            description = "an issuer of the configuration's issuers/, whose token it is; needs --key")
    private @Nullable String issuer;

    @Option(
            names = "--audience",
            paramLabel = "NAME",
            description = "who it is for (default: the first audience of the issuer); repeatable")
    private List<String> audience = new ArrayList<>();

    @Option(
            names = "--key",
            paramLabel = "FILE",
            description = "the issuer's private key, as PEM or JWK: RS256, ES256 or EdDSA by its type")
    private @Nullable Path key;

    @Option(names = "--kid", paramLabel = "KID", description = "the name of the key, for the token's header")
    private @Nullable String kid;

    @Option(names = "--dev", description = "sign with the development key, if no key is configured")
    private boolean development;

    @Override
    public Integer call() {
        Vertx vertx = Vertx.vertx();
        try {
            Configuration configuration = options.load(Map.of());
            Duration life = check(configuration);
            byte[] secret = SigningKey.of(configuration.node().secret(), development, options.data);
            TokenVerifier tokens = new TokenVerifier(
                    vertx,
                    secret,
                    configuration.node().auth(),
                    configuration.issuers(),
                    Clock.systemUTC(),
                    new SimpleMeterRegistry());
            String token = issuer == null
                    ? tokens.signer().issue(user, roles, lists(), life)
                    : signer(vertx).sign(of(configuration).claims(user, roles, lists(), audience), life);
            verify(tokens, token);
            System.out.println(token);
            return 0;
        } catch (InvalidConfigurationException invalid) {
            CheckConfigCommand.report(invalid);
        } catch (IOException problem) {
            System.err.println(problem.getMessage());
        } finally {
            vertx.close().onFailure(Throwable::printStackTrace);
        }
        return 1;
    }

    private Issuer of(Configuration configuration) {
        return configuration.issuers().stream()
                .filter(one -> one.name().equals(issuer))
                .findFirst()
                .orElseThrow();
    }

    private TokenSigner signer(Vertx vertx) throws IOException {
        Path file = Objects.requireNonNull(key);
        try {
            return TokenSigner.of(vertx, Files.readString(file), kid);
        } catch (IllegalArgumentException unusable) {
            throw new IOException("--key " + file + ": " + unusable.getMessage(), unusable);
        } catch (IOException unreadable) {
            throw new IOException("--key " + file + ": can't be read", unreadable);
        }
    }

    /** Refuses what no server or pack would accept; returns how long the token is valid. */
    private Duration check(Configuration configuration) throws IOException {
        List<String> problems = new ArrayList<>();
        Duration life = life(configuration.node().auth().tokenLife(), problems);
        checkIssuer(configuration, problems);
        checkContent(configuration.domains(), problems);
        if (!problems.isEmpty()) {
            throw new IOException(String.join("\n", problems));
        }
        return life;
    }

    private Duration life(Duration accepted, List<String> problems) {
        Duration most = Duration.ofHours(MAX_HOURS);
        Duration life = expires == null ? Duration.ofHours(hours) : Durations.parse(expires);
        if (expires == null && (hours < 1 || hours > MAX_HOURS)) {
            problems.add("--hours " + hours + ": not within 1 to " + MAX_HOURS);
        } else if (life == null || life.toSeconds() < 1 || life.compareTo(most) > 0) {
            problems.add("--expires " + expires + ": not a time within 1s to " + most.toDays() + "d");
        } else if (life.compareTo(accepted) > 0) {
            problems.add("the token would last longer than auth.token.life allows, " + accepted.toSeconds() + " s");
        }
        return life == null ? most : life;
    }

    private void checkIssuer(Configuration configuration, List<String> problems) {
        if (issuer == null) {
            if (key != null || kid != null || !audience.isEmpty()) {
                problems.add(
                        "--key, --kid and --audience need --issuer; without it the token is signed with auth.secret");
            } else if (!configuration.node().auth().own()) {
                problems.add("auth.own.tokens is false: name an --issuer");
            }
            return;
        }
        List<String> known = configuration.issuers().stream().map(Issuer::name).toList();
        if (!known.contains(issuer)) {
            String nearest = Suggestions.closest(issuer, known);
            problems.add("--issuer " + issuer + ": no such issuer in the configuration"
                    + (nearest == null ? "" : " — did you mean \"" + nearest + "\"?"));
        }
        if (key == null) {
            problems.add("--issuer: needs --key, the private key that signs the token");
        }
    }

    private void checkContent(DomainModel domains, List<String> problems) {
        if (user.isBlank()) {
            problems.add("--user: is empty");
        }
        for (String role : roles) {
            if (!domains.rights().roles().contains(role)) {
                problems.add(
                        unknown("--role " + role, "role", role, domains.rights().roles()));
            }
        }
        Set<String> known = new TreeSet<>();
        for (Namespace namespace : domains.namespaces()) {
            if (namespace.accessClaim() != null) {
                known.add(namespace.accessClaim());
            }
        }
        claims.forEach((claim, keys) -> {
            if (OWN.contains(claim)) {
                problems.add("--claim " + claim + ": that one is the token's own");
            } else if (!known.contains(claim)) {
                problems.add(unknown("--claim " + claim, "claim that opens streams", claim, known));
            }
            if (List.of(keys.split(",", -1)).contains("")) {
                problems.add("--claim " + claim + ": a key is empty");
            }
        });
    }

    private static String unknown(String option, String what, String name, Set<String> known) {
        String nearest = Suggestions.closest(name, known);
        return option + ": no such " + what + " in the packs (" + String.join(", ", new TreeSet<>(known))
                + "); name other packs with --pack"
                + (nearest == null ? "" : " — did you mean \"" + nearest + "\"?");
    }

    private static void verify(TokenVerifier tokens, String token) throws IOException {
        try {
            tokens.verify(token).toCompletionStage().toCompletableFuture().join();
        } catch (CompletionException refused) {
            Throwable why = Objects.requireNonNullElse(refused.getCause(), refused);
            throw new IOException("no server would take this token: " + why.getMessage(), why);
        }
    }

    private Map<String, List<String>> lists() {
        Map<String, List<String>> lists = new LinkedHashMap<>();
        claims.forEach((claim, keys) -> lists.put(claim, List.of(keys.split(",", -1))));
        return lists;
    }
}
