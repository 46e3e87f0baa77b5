package io.millrace.sources.intake;

import io.millrace.contracts.text.Sha256;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message of an outside system.
 *
 * @param record the message as it came
 * @param attributes what came beside it, by names that begin with #; a dead letter keeps them
 * @param key by which the outside system orders it; null for none
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record SourceMessage(byte[] record, Map<String, String> attributes, byte @Nullable [] key, Origin origin) {

    /**
     * Where a message was. Two messages never have the same.
     *
     * @param place a topic, a stream, an address
     * @param partition the part of the place, from 0
     * @param offset the number in the part, not below 0
     * @param timeMs when it was written there, milliseconds since 1970; 0 if that isn't known
     */
    public record Origin(String place, int partition, long offset, long timeMs) {
        /** Where messages have an identity and no number: the number is made of it. */
        public static Origin of(String place, byte[] identity) {
            return new Origin(place, 0, ByteBuffer.wrap(Sha256.of(identity)).getLong() & Long.MAX_VALUE, 0);
        }
    }
}
