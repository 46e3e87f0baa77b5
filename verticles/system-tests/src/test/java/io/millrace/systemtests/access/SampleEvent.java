package io.millrace.systemtests.access;

import io.millrace.systemtests.environment.Shop;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An event of some type, as its sender writes it.
 *
 * @param listing its type, as {@code GET /api/types} describes it
 * @param owned whether the user whose rights are tried owns it
 * @param inOwnStream whether its stream has no key that a token must list, or that user's token lists it
 * @param stream where it is kept
 * @param json as it is posted
 */
record SampleEvent(JsonObject listing, boolean owned, boolean inOwnStream, String stream, JsonObject json) {
    /** A music bot's own streams and a bookmaker's ledgers are open by the role alone, whatever keys a token lists. */
    private static final Set<String> OPEN_BY_ROLE = Set.of("bot:{data.guildId}", "ledger:{data.agentId}");

    /** Of every type: owned by the user and by somebody else, in a stream of the user's and in another. */
    static List<SampleEvent> ofEach(List<JsonObject> types, String user, String other, String key, String otherKey) {
        List<SampleEvent> events = new ArrayList<>();
        for (JsonObject type : types) {
            boolean keyed = type.getString("stream").contains("{") && !OPEN_BY_ROLE.contains(type.getString("stream"));
            boolean perUser = type.getString("stream").equals("player:{data.playerId}");
            for (boolean inOwn : keyed ? new boolean[] {true, false} : new boolean[] {true}) {
                for (boolean owned : type.containsKey("owner") ? new boolean[] {true, false} : new boolean[] {false}) {
                    if (!perUser) {
                        events.add(of(type, owned ? user : other, owned, inOwn, inOwn ? key : otherKey));
                    } else if (owned == inOwn) {
                        events.add(of(type, owned ? user : other, owned, inOwn, owned ? user : other));
                    }
                }
            }
        }
        return events;
    }

    private static SampleEvent of(JsonObject type, String owner, boolean owned, boolean inOwn, String key) {
        JsonObject schema = type.getJsonObject("schema");
        JsonObject data = new JsonObject();
        for (Object required : schema.getJsonArray("required", new JsonArray())) {
            data.put((String) required, value(schema.getJsonObject("properties").getJsonObject((String) required)));
        }
        JsonObject entity = type.getJsonObject("entity");
        if (entity != null) {
            data.put(field(entity.getString("id")), Shop.unique("x"));
        }
        String stream = type.getString("stream");
        int open = stream.indexOf('{');
        if (open >= 0) {
            data.put(field(stream.substring(open + 1, stream.length() - 1)), key);
            stream = stream.substring(0, open) + key;
        }
        if (type.containsKey("owner")) {
            data.put(field(type.getString("owner")), owner);
        }
        return new SampleEvent(
                type,
                owned,
                inOwn,
                stream,
                new JsonObject()
                        .put("id", Shop.unique("e"))
                        .put("type", type.getString("name"))
                        .put("data", data));
    }

    private static String field(String path) {
        return path.substring("data.".length());
    }

    private static Object value(JsonObject property) {
        if (property.containsKey("enum")) {
            return property.getJsonArray("enum").getValue(0);
        }
        return switch (property.getString("type")) {
            case "number", "integer" -> 1;
            case "boolean" -> true;
            case "array" -> new JsonArray();
            case "object" -> new JsonObject();
            // Ids and tokens of Discord.
            default -> property.containsKey("pattern") ? "1" : Shop.unique("x");
        };
    }

    String id() {
        return json.getString("id");
    }

    String type() {
        return listing.getString("name");
    }

    boolean durable() {
        return listing.getBoolean("durable");
    }

    /** Whether an entity is there after it. */
    boolean leavesEntity() {
        JsonObject entity = listing.getJsonObject("entity");
        return entity != null && !entity.getString("apply").equals("delete");
    }

    @Nullable
    String kind() {
        JsonObject entity = listing.getJsonObject("entity");
        return entity == null ? null : entity.getString("kind");
    }

    String entityId() {
        String path = Objects.requireNonNull(listing.getJsonObject("entity")).getString("id");
        return json.getJsonObject("data").getString(field(path));
    }

    @Override
    public String toString() {
        return type() + (owned ? ", one's own" : ", another's") + " in " + stream;
    }
}
