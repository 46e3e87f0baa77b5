package io.millrace.launcher;

import io.millrace.contracts.domain.InvalidConfiguration;
import io.millrace.platform.Tokens;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A signed token on stdout. */
@Command(name = "token", description = "print a signed token")
final class TokenCommand implements Callable<Integer> {
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
            System.out.println(new Tokens(vertx, key, Clock.systemUTC()).issue(user, roles, Duration.ofHours(hours)));
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
}
