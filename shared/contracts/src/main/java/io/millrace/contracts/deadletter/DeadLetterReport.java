package io.millrace.contracts.deadletter;

import io.millrace.contracts.failure.Failure;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * A message of an outside system of which no event could be made. It is stored once, however often it is reported.
 *
 * @param source the name of the source
 * @param place where the message was: a topic, a channel, an address
 * @param partition the part of that place, from 0
 * @param offset its number in that part, not below 0
 * @param timeMs when it was written there, milliseconds since 1970; 0 if that isn't known
 * @param message why there is no event, for people
 * @param attributes what came beside the message
 * @param record the message
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record DeadLetterReport(
        String source,
        String place,
        int partition,
        long offset,
        long timeMs,
        Failure failure,
        String message,
        SortedMap<String, String> attributes,
        byte @Nullable [] key,
        byte[] record) {}
