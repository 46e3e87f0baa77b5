package io.millrace.services.game.demo;

import io.millrace.services.demo.DemoArguments;
import io.millrace.services.game.GameService;
import io.millrace.services.game.arena.ArenaRules;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import java.time.Clock;
import java.util.List;

/**
 * {@code scripts/run --demo game}: the game's logic on a running Millrace, six players of whom one cheats now and then, and a
 * server of another make that publishes on Redis. Prints what happens, and where to join in.
 */
public final class GameDemo {
    /** As the tokens, and the sink, have it. */
    private static final String ROOM = "arena-1";

    private static final List<String> PLAYERS = List.of("ada", "bob", "cem", "dee", "eli", "fay");
    private static final String CHEAT = "fay";
    private static final String GUEST = "guest";

    private GameDemo() {}

    /** @param arguments those of {@link DemoArguments} */
    public static void main(String[] arguments) {
        DemoArguments millrace = DemoArguments.of(arguments);
        millrace.join().compose(vertx -> start(vertx, millrace)).onFailure(error -> {
            System.err.println("the demo couldn't start: " + error);
            System.exit(1);
        });
    }

    private static Future<Void> start(Vertx vertx, DemoArguments millrace) {
        String logic = millrace.token("logic");
        System.out.println("play:   " + millrace.http() + "/game#token=" + millrace.token(GUEST));
        System.out.println("watch:  " + millrace.http() + "/game#token=" + millrace.token("spectator"));
        WebSocketClient client =
                vertx.createWebSocketClient(new WebSocketClientOptions().setMaxConnections(PLAYERS.size()));
        return vertx.deployVerticle(
                        new GameService(millrace.redis(), () -> logic, ArenaRules.STANDARD, Clock.systemUTC()))
                .compose(deployed -> new Matchmaking(vertx, millrace.redis(), ROOM, System.out::println).start(GUEST))
                .compose(started -> Future.join(PLAYERS.stream()
                        .map(name -> new ArenaBot(
                                        vertx,
                                        client,
                                        millrace.http(),
                                        millrace.token(name),
                                        ROOM,
                                        name,
                                        name.equals(CHEAT),
                                        // Each sees the same; one tells it.
                                        name.equals(CHEAT) ? System.out::println : seen -> {})
                                .play())
                        .toList()))
                .mapEmpty();
    }
}
