package io.millrace.services.game.arena;

import io.vertx.core.json.JsonObject;
import java.time.Duration;

/**
 * The rules of the game. Lengths are metres. Immutable.
 *
 * @param width of the arena
 * @param height of the arena
 * @param speed how far a player gets in a second, and with one move
 * @param range how far a shot goes
 * @param size how close to a player a shot that hits passes
 * @param health of a player who is whole
 * @param damage of a hit
 * @param ammo shots that a player can have loaded
 * @param load until one more is loaded
 * @param cooldown between two shots
 * @param round how long a round takes
 * @param pause between two rounds
 * @param absent after it a player who does nothing isn't there any more
 * @param levelPoints how many points a level takes
 */
public record ArenaRules(
        int width,
        int height,
        int speed,
        int range,
        int size,
        int health,
        int damage,
        int ammo,
        Duration load,
        Duration cooldown,
        Duration round,
        Duration pause,
        Duration absent,
        int levelPoints) {
    public static final ArenaRules STANDARD = new ArenaRules(
            1_000,
            600,
            150,
            350,
            25,
            100,
            25,
            6,
            Duration.ofMillis(900),
            Duration.ofMillis(400),
            Duration.ofSeconds(60),
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            5);

    /** How long a room is remembered in which nothing happens, and a shot that may come again. */
    private static final Duration KEEP = Duration.ofHours(1);

    private static final Duration KEEP_TOTALS = Duration.ofDays(30);
    /** Until a round that couldn't end, or whose results couldn't be published, is looked at again. */
    private static final Duration AGAIN = Duration.ofSeconds(1);

    /** As the scripts read them. */
    String encode() {
        return new JsonObject()
                .put("width", width)
                .put("height", height)
                .put("speed", speed)
                .put("range", range)
                .put("size", size)
                .put("health", health)
                .put("damage", damage)
                .put("ammo", ammo)
                .put("loadMs", load.toMillis())
                .put("cooldownMs", cooldown.toMillis())
                .put("roundMs", round.toMillis())
                .put("breakMs", pause.toMillis())
                .put("absentMs", absent.toMillis())
                .put("levelPoints", levelPoints)
                .put("keepMs", KEEP.toMillis())
                .put("totalsMs", KEEP_TOTALS.toMillis())
                .put("againMs", AGAIN.toMillis())
                .encode();
    }
}
