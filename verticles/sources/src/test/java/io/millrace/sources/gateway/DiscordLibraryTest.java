package io.millrace.sources.gateway;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.testkit.gateway.GatewayStandIn;
import io.millrace.testkit.process.NpmPackages;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A bot by discord.js's own library at the stand-in, to know that the stand-in is right. */
class DiscordLibraryTest {
    private static final Path CLIENT = Path.of("src/test/js/discord");
    private static final Path INSTALLED = Path.of("target/discord");

    @BeforeAll
    static void install() throws InterruptedException {
        try {
            NpmPackages.install(CLIENT, INSTALLED);
        } catch (IOException notThere) {
            Assumptions.abort("without npm the library isn't there: " + notThere.getMessage());
        }
    }

    /** A running bot, and what it says. */
    private static final class Bot implements AutoCloseable {
        private final Path log = Files.createTempFile(INSTALLED, "bot", ".log");
        private final Process node;

        Bot(GatewayStandIn gateway, String... more) throws IOException {
            String api = gateway.api().replace("/v10", "");
            ProcessBuilder command = new ProcessBuilder("node", "connect.js", api, gateway.faults.token);
            command.command().addAll(List.of(more));
            node = command.directory(INSTALLED.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        }

        List<JsonObject> said(String what) throws IOException {
            return Files.readString(log)
                    .lines()
                    .filter(line -> line.startsWith("{"))
                    .map(JsonObject::new)
                    .filter(line -> line.getString("what").equals(what))
                    .toList();
        }

        void awaitSaid(String what, int times) {
            await().atMost(Duration.ofSeconds(30))
                    .conditionEvaluationListener(condition -> {
                        if (!node.isAlive()) {
                            throw new IllegalStateException("it has ended");
                        }
                    })
                    .until(() -> said(what).size() >= times);
        }

        @Override
        public void close() throws IOException {
            node.destroyForcibly();
            assertEquals(List.of(), said("error"));
            Files.delete(log);
        }
    }

    private static List<Integer> sequences(Bot bot) throws IOException {
        return bot.said("dispatch").stream()
                .filter(dispatch -> dispatch.getString("t").equals("MESSAGE_CREATE"))
                .map(dispatch -> Integer.parseInt(dispatch.getString("id")))
                .toList();
    }

    private void assertPlays(String... compression) throws Exception {
        try (GatewayStandIn gateway = new GatewayStandIn()) {
            gateway.faults.heartbeatMs = 500;
            try (Bot bot = new Bot(gateway, compression)) {
                bot.awaitSaid("ready", 1);
                bot.awaitSaid("acknowledged", 2);
                gateway.message("7", 1);
                gateway.send(7, null);
                gateway.message("7", 2);
                bot.awaitSaid("resumed", 1);
                gateway.invalidate(true);
                gateway.message("7", 3);
                bot.awaitSaid("resumed", 2);
                gateway.close(4000);
                gateway.message("7", 4);
                bot.awaitSaid("resumed", 3);
                gateway.faults.acknowledges = false;
                bot.awaitSaid("resumed", 4);
                gateway.faults.acknowledges = true;
                gateway.message("7", 5);
                await().until(() -> sequences(bot).size() >= 5);
                assertEquals(List.of(1, 2, 3, 4, 5), sequences(bot));
                assertEquals(1, gateway.identifies.size());
            }
            assertEquals(List.of(), gateway.violations);
        }
    }

    @Tag("long")
    @Test
    void itHoldsTheSessionAndMissesNothing() throws Exception {
        assertPlays();
    }

    @Test
    void itHoldsTheSessionAndInflatesWhatTheStandInDeflates() throws Exception {
        assertPlays("zlib");
    }

    @Tag("long")
    @Test
    void itBeginsANewSessionWhenTheOldOneIsInvalid() throws Exception {
        try (GatewayStandIn gateway = new GatewayStandIn()) {
            try (Bot bot = new Bot(gateway)) {
                bot.awaitSaid("ready", 1);
                gateway.invalidate(false);
                bot.awaitSaid("ready", 2);
                assertEquals(2, gateway.identifies.size());
            }
            assertEquals(List.of(), gateway.violations);
        }
    }
}
