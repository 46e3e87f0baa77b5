package io.millrace.services.guilds;

import io.vertx.core.json.JsonObject;
import java.util.List;

/** An entity of a guild: its id is a name within its stream. */
record EntityKey(String stream, String kind, String id) {
    static EntityKey guild(String guild) {
        return new EntityKey(stream(guild), "guild", guild);
    }

    static EntityKey channel(String guild, String channel) {
        return new EntityKey(stream(guild), "channel", channel);
    }

    static EntityKey member(String guild, String user) {
        return new EntityKey(stream(guild), "member", guild + "/" + user);
    }

    static String stream(String guild) {
        return "guild:" + guild;
    }

    /** The entities that an event changes, of those that are kept. */
    static List<EntityKey> changedBy(JsonObject event) {
        JsonObject data = event.getJsonObject("data");
        String guild = data.getString("guildId");
        String area = event.getString("type").replaceFirst(":.*", "");
        return switch (area) {
            case "guild" -> List.of(guild(guild));
            case "channel" -> List.of(channel(guild, data.getString("channelId")));
            case "member" -> List.of(new EntityKey(stream(guild), "member", data.getString("memberId")));
            default -> List.of();
        };
    }
}
