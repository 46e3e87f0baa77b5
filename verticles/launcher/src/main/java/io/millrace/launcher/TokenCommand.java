package io.millrace.launcher;

import io.millrace.contracts.domain.InvalidConfiguration;
import io.millrace.platform.Tokens;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A signed token on stdout. */
@Command(name = "token", description = "print a signed token")
final class TokenCommand implements Callable<Integer> {
    /** What the other options and the signing decide. */
    private static final Set<String> OWN = Set.of("sub", "roles", "exp", "nbf", "iat", "iss", "aud");

    @Mixin
    private Options options = new Options();

    @Option(
            names = "--role",
            required = true,
            paramLabel = "ROLE",
            description = "a role of the domain packs; repeatable")
    private Set<String> roles = new LinkedHashSet<>();

    @Option(names = "--user", paramLabel = "USER", description = "who it is for (default: ${DEFAULT-VALUE})")
    private String user = "dev";

    @Option(
            names = "--claim",
            paramLabel = "NAME=KEY[,KEY…]",
            description = "the keys of the streams that a claim opens: rooms=42,43; repeatable")
    private Map<String, String> claims = new LinkedHashMap<>();

    @Option(names = "--hours", paramLabel = "N", description = "how long it is valid (default: ${DEFAULT-VALUE})")
    private int hours = 12;

    @Option(names = "--dev", description = "sign with the development key, if no key is configured")
    private boolean development;

    @Override
    public Integer call() {
        Vertx vertx = Vertx.vertx();
        try {
            Configuration configuration = options.load(Map.of());
            byte[] key = SigningKey.of(configuration.node().secret(), development, options.data);
            System.out.println(
                    new Tokens(vertx, key, Clock.systemUTC()).issue(user, roles, lists(), Duration.ofHours(hours)));
            return 0;
        } catch (InvalidConfiguration invalid) {
            CheckConfigCommand.report(invalid);
        } catch (IOException problem) {
            System.err.println(problem.getMessage());
        } finally {
            vertx.close().onFailure(Throwable::printStackTrace);
        }
        return 1;
    }

    private Map<String, List<String>> lists() throws IOException {
        Map<String, List<String>> lists = new LinkedHashMap<>();
        for (Map.Entry<String, String> claim : claims.entrySet()) {
            if (OWN.contains(claim.getKey())) {
                throw new IOException("--claim " + claim.getKey() + ": that one is the token's own");
            }
            lists.put(claim.getKey(), List.of(claim.getValue().split(",", -1)));
        }
        return lists;
    }
}
