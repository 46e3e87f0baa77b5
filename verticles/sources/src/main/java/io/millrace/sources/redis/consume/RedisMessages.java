package io.millrace.sources.redis.consume;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.ClientJson;
import io.millrace.sources.intake.SourceMessage;
import io.millrace.sources.redis.RedisSource;
import io.vertx.redis.client.Response;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Messages as Redis sends them, made to those of a source. Stateless. */
final class RedisMessages {
    private static final JsonFactory JSON = new JsonFactory();
    private static final SecureRandom RANDOM = new SecureRandom();

    private RedisMessages() {}

    /** A message of pub/sub, which gets its id here, so that trying again makes the same event of it. */
    static SourceMessage published(@Nullable String pattern, String channel, byte[] payload, long nowMs) {
        UUID id = uuid7(nowMs);
        Map<String, String> attributes = new HashMap<>();
        attributes.put(RedisSource.CHANNEL, channel);
        attributes.put(RedisSource.ID, id.toString());
        if (pattern != null) {
            attributes.put(RedisSource.PATTERN, pattern);
        }
        return new SourceMessage(payload, Map.copyOf(attributes), null, origin(channel, id.toString(), nowMs));
    }

    /** An entry of a stream: its fields as a JSON object of texts. */
    static SourceMessage entry(String stream, EntryId id, Response fields) {
        return new SourceMessage(
                json(fields),
                Map.of(RedisSource.STREAM, stream, RedisSource.ID, id.toString()),
                null,
                origin(stream, id.toString(), id.ms()));
    }

    private static SourceMessage.Origin origin(String place, String id, long timeMs) {
        SourceMessage.Origin origin = SourceMessage.Origin.of(place, id.getBytes(StandardCharsets.UTF_8));
        return new SourceMessage.Origin(place, origin.partition(), origin.offset(), Math.max(0, timeMs));
    }

    /** A field that is there twice stays so, and bytes that are no text stay as they are: then it can be no event. */
    private static byte[] json(Response fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            for (int i = 0; i + 1 < fields.size(); i += 2) {
                json.writeStringField(utf8(fields.get(i)), utf8(fields.get(i + 1)));
            }
            json.writeEndObject();
        } catch (MillraceException notText) {
            return raw(fields);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    private static String utf8(Response part) {
        return ClientJson.utf8("a field", part.toBytes());
    }

    private static byte[] raw(Response fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (Response part : fields) {
            bytes.writeBytes(part.toBytes());
            bytes.write('\n');
        }
        return bytes.toByteArray();
    }

    /** RFC 9562, 5.7. */
    static UUID uuid7(long ms) {
        long random = RANDOM.nextLong();
        return new UUID(ms << 16 | 0x7000 | random & 0xfff, Long.MIN_VALUE | RANDOM.nextLong() >>> 2);
    }
}
