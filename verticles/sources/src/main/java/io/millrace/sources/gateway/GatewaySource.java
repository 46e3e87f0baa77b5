package io.millrace.sources.gateway;

import io.millrace.sources.intake.ConfiguredSource;
import io.millrace.sources.intake.Source;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A bot whose dispatches are events, as its file describes it. Immutable.
 *
 * @param token the bot's
 * @param intents what the bot wants to be told, a bit for each
 * @param shards into how many connections the bot's guilds are divided
 * @param properties what the bot says of itself
 * @param lifecycle whether READY and RESUMED go to the mapping too
 */
public record GatewaySource(
        Source source,
        String token,
        long intents,
        int shards,
        Map<String, String> properties,
        boolean lifecycle,
        Address address)
        implements ConfiguredSource {
    /** The session and the sequence of a dispatch, in a mapping: the same whenever the dispatch is sent. */
    public static final String ID = "#id";
    /** The session alone. */
    public static final String SESSION = "#session";
    /** The number of the shard, from 0. */
    public static final String SHARD = "#shard";

    public static final Set<String> ATTRIBUTES = Set.of(ID, SESSION, SHARD);

    /** The largest payload that a gateway reads, in bytes. */
    public static final int MAX_PAYLOAD = 4_096;

    /**
     * Where the gateway is.
     *
     * @param api the base of its HTTP interface
     * @param gateway its WebSocket; null for the one that the interface names
     * @param compress whether what it sends is one zlib stream
     * @param plain whether connections without TLS are allowed
     */
    public record Address(String api, @Nullable String gateway, boolean compress, boolean plain) {}

    /** The payload that begins a session. */
    public JsonObject identify(int shard) {
        return new JsonObject()
                .put("token", token)
                .put("intents", intents)
                .put("properties", new JsonObject(Map.copyOf(properties)))
                .put("shard", new JsonArray().add(shard).add(shards));
    }

    /** The payload that goes on with a session. */
    public JsonObject resume(String session, long sequence) {
        return new JsonObject().put("token", token).put("session_id", session).put("seq", sequence);
    }
}
