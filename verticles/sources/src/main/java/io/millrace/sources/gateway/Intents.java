package io.millrace.sources.gateway;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a bot may want to be told, by the names that Discord documents; each is a bit. */
final class Intents {
    private static final Map<String, Integer> BITS = new LinkedHashMap<>();

    static {
        List<String> first = List.of(
                "GUILDS",
                "GUILD_MEMBERS",
                "GUILD_MODERATION",
                "GUILD_EXPRESSIONS",
                "GUILD_INTEGRATIONS",
                "GUILD_WEBHOOKS",
                "GUILD_INVITES",
                "GUILD_VOICE_STATES",
                "GUILD_PRESENCES",
                "GUILD_MESSAGES",
                "GUILD_MESSAGE_REACTIONS",
                "GUILD_MESSAGE_TYPING",
                "DIRECT_MESSAGES",
                "DIRECT_MESSAGE_REACTIONS",
                "DIRECT_MESSAGE_TYPING",
                "MESSAGE_CONTENT",
                "GUILD_SCHEDULED_EVENTS");
        first.forEach(name -> BITS.put(name, first.indexOf(name)));
        BITS.put("AUTO_MODERATION_CONFIGURATION", 20);
        BITS.put("AUTO_MODERATION_EXECUTION", 21);
        BITS.put("GUILD_MESSAGE_POLLS", 24);
        BITS.put("DIRECT_MESSAGE_POLLS", 25);
    }

    private Intents() {}

    static List<String> names() {
        return List.copyOf(BITS.keySet());
    }

    /** The bit of a name; 0 if it is none of {@link #names}. */
    static long bit(String name) {
        Integer bit = BITS.get(name);
        return bit == null ? 0 : 1L << bit;
    }
}
