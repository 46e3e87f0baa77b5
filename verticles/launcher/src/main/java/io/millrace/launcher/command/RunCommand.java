package io.millrace.launcher.command;

import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.launcher.Banner;
import io.millrace.launcher.Configuration;
import io.millrace.launcher.Launcher;
import io.millrace.launcher.PortCheck;
import io.millrace.launcher.SigningKey;
import io.millrace.launcher.Stages;
import io.millrace.platform.node.Backends;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs stages until SIGTERM or Ctrl-C. */
@Command(name = "run", description = "run stages in this process")
public final class RunCommand implements Callable<Integer> {
    /** Not an exit code: the program keeps running. */
    public static final int RUNNING = -1;

    @Mixin
    private Options options = new Options();

    @Option(
            names = "--stages",
            split = ",",
            paramLabel = "NAME",
            description = "which: all (the default), or names joined by commas")
    private List<String> stages = List.of("all");

    @Option(names = "--backends", paramLabel = "embedded", description = "start PostgreSQL, Redis and Kafka in place")
    private @Nullable String backends;

    @Option(names = "--dev", description = "for development: a signing key is made if none is configured")
    private boolean development;

    @Override
    public Integer call() {
        List<String> chosen = chosen();
        if (chosen.isEmpty() || (backends != null && !backends.equals("embedded"))) {
            return 2;
        }
        Backends.Running running = null;
        try {
            Configuration asked = options.load(Map.of());
            CheckConfigCommand.warn(asked);
            String exposure = development ? null : asked.node().cluster().exposure();
            if (exposure != null) {
                throw new IOException(exposure);
            }
            PortCheck.require(asked.node());
            running = startBackends();
            Configuration configuration = options.load(uris(running));
            byte[] key = SigningKey.of(configuration.node().secret(), development, options.data);
            String cluster = SigningKey.clusterName(configuration.node(), key);
            Launcher launcher = new Launcher(configuration, options.conf.resolve("cluster.xml"), cluster, key, running);
            launcher.stopOnSignal();
            launcher.start(chosen);
            new Banner(configuration, launcher.tokens(), cluster, options.data, development).print(chosen, System.out);
            return RUNNING;
        } catch (InvalidConfigurationException invalid) {
            CheckConfigCommand.report(invalid);
        } catch (IOException problem) {
            System.err.println(problem.getMessage());
        }
        if (running != null) {
            running.close();
        }
        return 1;
    }

    private List<String> chosen() {
        List<String> known = Stages.names();
        if (stages.equals(List.of("all"))) {
            return known;
        }
        List<String> unknown = new ArrayList<>(stages);
        unknown.removeAll(known);
        if (!unknown.isEmpty()) {
            System.err.println(
                    "no such stage: " + String.join(", ", unknown) + "; there are " + String.join(", ", known));
            return List.of();
        }
        return stages;
    }

    private Backends.@Nullable Running startBackends() throws IOException {
        if (backends == null) {
            return null;
        }
        Backends embedded = ServiceLoader.load(Backends.class)
                .findFirst()
                .orElseThrow(() -> new IOException(
                        "--backends embedded needs the backends jar on the class path, as scripts/run puts it"));
        return embedded.start(options.data, line -> System.err.println("  " + line));
    }

    /** The addresses of the embedded servers; addresses in the environment take precedence. */
    private static Map<String, String> uris(Backends.@Nullable Running running) {
        Map<String, String> uris = new HashMap<>();
        if (running != null) {
            uris.put("postgres.uri", running.postgresUri());
            uris.put("redis.uri", running.redisUri());
            uris.put("kafka.bootstrap", running.kafkaBootstrap());
            uris.keySet().removeIf(name -> System.getenv()
                    .containsKey("MILLRACE_" + name.replace('.', '_').toUpperCase(Locale.ROOT)));
        }
        return uris;
    }
}
