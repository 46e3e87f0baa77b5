package io.millrace.systemtests.soak;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.backends.RunningBackends;
import io.millrace.services.betting.demo.BettingDemo;
import io.millrace.services.game.demo.GameDemo;
import io.millrace.services.guilds.demo.GuildsDemo;
import io.millrace.services.music.demo.MusicDemo;
import io.millrace.services.shop.demo.ShopDemo;
import io.millrace.systemtests.environment.Bookmakers;
import io.millrace.systemtests.environment.Repository;
import io.millrace.testkit.process.JvmProgram;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/**
 * The five demos of {@code conf/demo} on one cluster: their packs, sources and sinks in one configuration, their programs
 * in one JVM.
 */
final class AllDemos implements AutoCloseable {
    private static final List<String> NAMES = List.of("shop", "betting", "guilds", "game", "music");
    private static final String DELIVERED_GATEWAY = "127.0.0.1:8079";
    /** Longer than any run. */
    private static final int TOKEN_SECONDS = 7 * 86_400;

    private final JvmProgram program;

    /**
     * Starts the programs; returns at once.
     *
     * @param conf from {@link #conf}
     * @param http the one address of all of the pipeline's HTTP
     */
    AllDemos(Path conf, Pipeline pipeline, String http, Path outputs) throws IOException {
        writeTokens(conf, pipeline);
        program = new JvmProgram(
                "demos",
                outputs,
                AllDemos.class,
                List.of(
                        conf.toString(),
                        pipeline.clusterName(),
                        pipeline.members().get(0),
                        http,
                        pipeline.backends().postgresUri(),
                        pipeline.backends().redisUri(),
                        pipeline.backends().kafkaBootstrap()));
    }

    /** The JVM of the programs. */
    public static void main(String[] arguments) {
        System.setProperty("hazelcast.logging.type", "slf4j");
        ShopDemo.main(arguments);
        BettingDemo.main(arguments);
        GuildsDemo.main(arguments);
        GameDemo.main(arguments);
        MusicDemo.main(arguments);
    }

    /** A configuration with all that the demos add to that of the repository. */
    static Path conf(Path conf, RunningBackends backends) throws IOException {
        for (String file : List.of("cluster.xml", "logback.xml")) {
            Files.createDirectories(conf);
            Files.copy(Repository.CONF.resolve(file), conf.resolve(file));
        }
        Repository.copy(Repository.CONF.resolve("domains"), conf.resolve("domains"));
        for (String demo : NAMES) {
            Path added = Repository.CONF.resolve("demo").resolve(demo);
            for (String folder : List.of("sources", "sinks", "domains")) {
                if (Files.isDirectory(added.resolve(folder))) {
                    Repository.copy(added.resolve(folder), conf.resolve(folder));
                }
            }
            addHandlers(added.resolve("handlers"), conf.resolve("domains/" + demo + ".yaml"));
        }
        // Its namespace is the shop's, where that is loaded.
        Files.delete(conf.resolve("domains/system.yaml"));
        replace(conf.resolve("sources/wagers.yaml"), Bookmakers.DELIVERED, Bookmakers.uri(backends.postgresUri()));
        replace(conf.resolve("sources/discord.yaml"), DELIVERED_GATEWAY, "127.0.0.1:" + new Ports().free());
        return conf;
    }

    private static void addHandlers(Path handlers, Path pack) throws IOException {
        if (!Files.exists(handlers)) {
            return;
        }
        for (String line : Files.readAllLines(handlers)) {
            if (!line.startsWith("#")) {
                String[] handler = line.trim().split("\\s+", -1);
                String type = "  \"" + handler[0] + "\":\n";
                replace(pack, type, type + "    handler: " + handler[1] + "\n");
            }
        }
    }

    private static void replace(Path file, String old, String fresh) throws IOException {
        String text = Files.readString(file);
        assertTrue(text.contains(old), () -> file + " has no " + old);
        Files.writeString(file, text.replace(old, fresh));
    }

    /** Those that {@code scripts/demo} makes of the same files. */
    private static void writeTokens(Path conf, Pipeline pipeline) throws IOException {
        Path tokens = Files.createDirectories(conf.resolve("tokens"));
        for (String demo : NAMES) {
            Path lines = Repository.CONF.resolve("demo").resolve(demo).resolve("tokens");
            for (String line : Files.readAllLines(lines)) {
                if (!line.startsWith("#")) {
                    String[] words = line.trim().split("\\s+", -1);
                    JsonObject claims =
                            new JsonObject().put("exp", Instant.now().getEpochSecond() + TOKEN_SECONDS);
                    for (int i = 4; i < words.length; i += 2) {
                        String[] claim = words[i].split("=", 2);
                        claims.put(claim[0], new JsonArray(Arrays.asList(claim[1].split(",", -1))));
                    }
                    Files.writeString(
                            tokens.resolve(words[0]), pipeline.signer().token(words[2], claims, words[1]));
                }
            }
        }
    }

    long pid() {
        return program.pid();
    }

    /** Fails with what they printed if they have ended: a demo that can't go on ends its JVM. */
    void assertAlive() {
        assertTrue(program.isAlive(), program::lastOutput);
    }

    @Override
    public void close() {
        program.close();
    }
}
