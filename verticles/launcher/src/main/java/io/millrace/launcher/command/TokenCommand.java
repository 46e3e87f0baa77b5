package io.millrace.launcher.command;

import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.Namespace;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.launcher.Configuration;
import io.millrace.launcher.SigningKey;
import io.millrace.platform.auth.TokenVerifier;
import io.vertx.core.Vertx;
import java.io.IOException;
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

    @Option(names = "--dev", description = "sign with the development key, if no key is configured")
    private boolean development;

    @Override
    public Integer call() {
        Vertx vertx = Vertx.vertx();
        try {
            Configuration configuration = options.load(Map.of());
            check(configuration.domains());
            byte[] key = SigningKey.of(configuration.node().secret(), development, options.data);
            TokenVerifier tokens = new TokenVerifier(vertx, key, Clock.systemUTC());
            String token = tokens.issue(user, roles, lists(), Duration.ofHours(hours));
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

    /** Refuses claims that no server or pack would accept. */
    private void check(DomainModel domains) throws IOException {
        List<String> problems = new ArrayList<>();
        if (hours < 1 || hours > MAX_HOURS) {
            problems.add("--hours " + hours + ": not within 1 to " + MAX_HOURS);
        }
        if (user.isBlank()) {
            problems.add("--user: is empty");
        }
        for (String role : roles) {
            if (!domains.roles().contains(role)) {
                problems.add(unknown("--role " + role, "role", role, domains.roles()));
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
        if (!problems.isEmpty()) {
            throw new IOException(String.join("\n", problems));
        }
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
