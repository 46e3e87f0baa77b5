package io.millrace.services.guilds.demo;

import io.millrace.services.bus.EventId;
import io.millrace.services.bus.ServiceBus;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * People of two guilds who write, correct themselves, come, go and misbehave. What Discord would tell comes by the gateway; what
 * a bot decides by itself (reports, a raid), and a job that must fail, by Millrace's bus. Belongs to one event loop.
 */
final class GuildLife {
    /** Those that the links of the page open. */
    static final List<String> GUILDS = List.of("81384788765712384", "81384788765712999");

    private static final Map<String, String> GUILD_NAMES = Map.of(GUILDS.get(0), "The Mill", GUILDS.get(1), "The Weir");
    private static final List<String> CHANNELS = List.of("general", "help", "showcase");
    private static final List<String> PEOPLE = List.of("Mara", "Tim", "Noor", "Sam", "Ilse", "Kofi");
    private static final List<String> LINES = List.of(
            "Does anybody know why my build fails?",
            "It was the cache. It is always the cache.",
            "Have you tried it without Kafka? It still works.",
            "Good morning from Accra!",
            "Who reads the log of last night?",
            "Look at this: 20 ms from the gateway to your screen.",
            "I go and get some bread, back in ten minutes.",
            "Version 2 is out, with dark mode at last",
            "Can somebody review my change before lunch?",
            "Works here. Which Java is it on your side?");
    private static final String SPAM = "FREE NITRO for the first 100 → nitro.example";

    private static final long DISCORD_EPOCH_MS = 1_420_070_400_000L;
    private static final int SEQUENCE_BITS = 22;
    private static final int TYPING_MS = 900;
    private static final int RAIDERS = 8;

    private final Vertx vertx;
    private final GatewayStandIn gateway;
    private final ServiceBus bot;
    private final Random random = new Random();
    private int counter;
    private int turns;

    /** @param bot publishes as the bot */
    GuildLife(Vertx vertx, GatewayStandIn gateway, ServiceBus bot) {
        this.vertx = vertx;
        this.gateway = gateway;
        this.bot = bot;
    }

    /** What a session begins with: each guild; its channels and people come behind it. */
    static List<JsonObject> guilds() {
        return GUILDS.stream()
                .map(guild -> new JsonObject()
                        .put("id", guild)
                        .put("name", GUILD_NAMES.get(guild))
                        .put("member_count", PEOPLE.size()))
                .toList();
    }

    /** Channels and people, so that there is somebody to write. */
    void settle() {
        for (String guild : GUILDS) {
            CHANNELS.forEach(name -> dispatch(
                    guild,
                    "CHANNEL_CREATE",
                    new JsonObject().put("id", channel(guild, name)).put("name", name)));
            PEOPLE.forEach(name -> dispatch(guild, "GUILD_MEMBER_ADD", new JsonObject().put("user", user(name))));
        }
    }

    /** Something happens. */
    void turn() {
        String guild = GUILDS.get(turns % 4 == 3 ? 1 : 0);
        switch (turns++ % 20) {
            case 5 ->
                dispatch(
                        guild,
                        "GUILD_MEMBER_UPDATE",
                        new JsonObject()
                                .put("user", user("Sam"))
                                .put("nick", pick(List.of("Sam", "Samuel", "Sam (away)")))
                                .put("roles", new JsonArray()));
            case 8 -> spam(guild);
            case 12 -> failingJob(guild);
            case 16 -> raid(guild);
            default -> write(guild, pick(PEOPLE), LINES.get(turns % LINES.size()), random.nextInt(6) == 0);
        }
    }

    /** @return the message's id */
    private String write(String guild, String name, String content, boolean corrects) {
        String id = snowflake();
        String channel = channel(guild, pick(CHANNELS));
        JsonObject typing = new JsonObject().put("channel_id", channel).put("user_id", id(name));
        dispatch(guild, "TYPING_START", typing);
        vertx.setTimer(TYPING_MS, typed -> {
            JsonObject message = new JsonObject()
                    .put("id", id)
                    .put("channel_id", channel)
                    .put("author", user(name))
                    .put("content", content)
                    .put("timestamp", Instant.now().toString());
            dispatch(guild, "MESSAGE_CREATE", message);
        });
        if (corrects) {
            vertx.setTimer(TYPING_MS * 3L, seen -> {
                JsonObject corrected = new JsonObject()
                        .put("id", id)
                        .put("channel_id", channel)
                        .put("author", user(name))
                        .put("content", content + " (edit: typo)");
                dispatch(guild, "MESSAGE_UPDATE", corrected);
            });
        }
        return id;
    }

    /** It is reported, and taken back; who wrote it has to go. */
    private void spam(String guild) {
        JsonObject guest = user("Guest " + (100 + random.nextInt(900)));
        dispatch(guild, "GUILD_MEMBER_ADD", new JsonObject().put("user", guest));
        String id = write(guild, guest.getString("global_name"), SPAM, false);
        vertx.setTimer(TYPING_MS * 3L, seen -> {
            JsonObject report = new JsonObject()
                    .put("caseId", snowflake())
                    .put("messageId", id)
                    .put("reason", "Reported as spam by two members");
            publish(guild, "moderation:reported", EventId.of(id, "report"), report, new JsonObject());
        });
        vertx.setTimer(TYPING_MS * 7L, seen -> {
            dispatch(guild, "MESSAGE_DELETE", new JsonObject().put("id", id));
            dispatch(guild, "GUILD_MEMBER_REMOVE", new JsonObject().put("user", guest));
        });
    }

    private void raid(String guild) {
        List<String> raiders = IntStream.range(0, RAIDERS)
                .mapToObj(i -> "raider-" + random.nextInt(1_000_000))
                .toList();
        raiders.forEach(name -> dispatch(guild, "GUILD_MEMBER_ADD", new JsonObject().put("user", user(name))));
        JsonObject joins = new JsonObject().put("joins", raiders.size());
        publish(guild, "security:raid", EventId.of(raiders.toString()), joins, new JsonObject());
        vertx.setTimer(
                TYPING_MS * 5L,
                kicked -> raiders.forEach(
                        name -> dispatch(guild, "GUILD_MEMBER_REMOVE", new JsonObject().put("user", user(name)))));
    }

    /** A correction of a version that the message never had: it is tried several times, and then a dead letter. */
    private void failingJob(String guild) {
        String id = snowflake();
        JsonObject correction = new JsonObject().put("messageId", id).put("content", "of a message that isn't there");
        publish(guild, "message:updated", id, correction, new JsonObject().put("expectedVersion", 99));
    }

    private void publish(String guild, String type, String id, JsonObject data, JsonObject metadata) {
        bot.publish(new JsonObject()
                        .put("id", id)
                        .put("source", "discord/bot")
                        .put("type", type)
                        .put("data", data.put("guildId", guild))
                        .put("metadata", metadata))
                .onSuccess(outcome -> System.out.println(type + ": " + outcome.getString("status")))
                .onFailure(error -> System.err.println(type + " wasn't taken: " + error.getMessage()));
    }

    private void dispatch(String guild, String type, JsonObject content) {
        gateway.dispatch(type, content.put("guild_id", guild));
    }

    private static JsonObject user(String name) {
        return new JsonObject().put("id", id(name)).put("username", id(name)).put("global_name", name);
    }

    private static String id(String name) {
        return name.toLowerCase(Locale.ROOT).replace(' ', '-');
    }

    private static String channel(String guild, String name) {
        return guild + (1 + CHANNELS.indexOf(name));
    }

    /** An id as Discord makes them: it begins with the time. */
    private String snowflake() {
        return Long.toString(
                ((System.currentTimeMillis() - DISCORD_EPOCH_MS) << SEQUENCE_BITS) + ++counter % (1 << 12));
    }

    private <T> T pick(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }
}
