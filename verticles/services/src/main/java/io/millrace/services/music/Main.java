package io.millrace.services.music;

import io.millrace.services.bus.ClusterMember;
import io.millrace.services.music.settings.MusicSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The music bot as a program of its own. The README of verticles/services names its environment. */
public final class Main {
    private static final Logger LOG = LoggerFactory.getLogger(Main.class);

    private Main() {}

    public static void main(String[] arguments) {
        Map<String, String> environment = System.getenv();
        Path token = Path.of(MusicSettings.required(environment, "MUSIC_TOKEN_FILE"));
        MusicBot bot = new MusicBot(
                MusicSettings.required(environment, "MUSIC_POSTGRES"),
                MusicSettings.required(environment, "MUSIC_REDIS"),
                () -> read(token),
                MusicSettings.from(environment));
        List<String> members = List.of(
                environment.getOrDefault("MUSIC_MEMBERS", "127.0.0.1:5701").split(",", -1));
        ClusterMember.join(
                        MusicSettings.required(environment, "MUSIC_CLUSTER"),
                        members,
                        environment.getOrDefault("MUSIC_HOST", "127.0.0.1"))
                .compose(vertx -> {
                    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                        var unused = vertx.close()
                                .toCompletionStage()
                                .toCompletableFuture()
                                .join();
                    }));
                    return vertx.deployVerticle(bot);
                })
                .onSuccess(deployed -> LOG.info("the music bot works"))
                .onFailure(error -> {
                    LOG.error("the music bot couldn't start", error);
                    System.exit(1);
                });
    }

    /** Read for each event, so that a renewed token counts at once. */
    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
