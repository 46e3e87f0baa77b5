package io.millrace.sources.redis;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.ClientJson;
import io.millrace.platform.settings.RedisAddress;
import io.millrace.sources.intake.ConfiguredSource;
import io.millrace.sources.intake.Source;
import io.millrace.sources.intake.SourceMessage;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A Redis whose messages are events, as its file describes it. Immutable.
 *
 * @param address where it is
 * @param channels their messages come at most once, as those of the next two
 * @param patterns as {@code PSUBSCRIBE} has them
 * @param sharded channels of {@code SPUBLISH}
 * @param streams read by a consumer group: none is lost, and none is doubled
 */
public record RedisSource(
        Source source,
        RedisAddress address,
        List<String> channels,
        List<String> patterns,
        List<String> sharded,
        Streams streams)
        implements ConfiguredSource {
    /** The channel of a message of pub/sub, in a mapping. */
    public static final String CHANNEL = "#channel";
    /** The pattern by which it came. */
    public static final String PATTERN = "#pattern";
    /** The stream of an entry. */
    public static final String STREAM = "#stream";
    /** The id of an entry; of a message of pub/sub, which has none, a UUIDv7 that is made when it arrives. */
    public static final String ID = "#id";

    public static final Set<String> ATTRIBUTES = Set.of(CHANNEL, PATTERN, STREAM, ID);

    /**
     * The streams of a source.
     *
     * @param names empty for none
     * @param group the consumer group, Millrace's alone; made if it is missing
     * @param fromBeginning whether a group that is made reads what is there already
     * @param field the field of an entry that holds its JSON; null if the fields are the document
     */
    public record Streams(List<String> names, String group, boolean fromBeginning, @Nullable String field) {}

    /** Whether it reads channels of any sort. */
    public boolean subscribes() {
        return !channels.isEmpty() || !patterns.isEmpty() || !sharded.isEmpty();
    }

    @Override
    public ObjectNode document(SourceMessage message) {
        if (!message.attributes().containsKey(STREAM)) {
            return ClientJson.object("the message", message.record());
        }
        ObjectNode fields = ClientJson.object("the entry", message.record());
        if (streams.field() == null) {
            return fields;
        }
        JsonNode json = fields.get(streams.field());
        if (json == null) {
            throw new MillraceException(Failure.BAD_MESSAGE, "the entry has no field " + streams.field());
        }
        return ClientJson.object("the field " + streams.field(), json.asText());
    }
}
