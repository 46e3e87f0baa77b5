package io.millrace.launcher.replay;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An event on its way out.
 *
 * @param timestamp when it happened; null if the file doesn't say
 * @param json as it is posted: UTF-8, one line, without the line's end
 */
record Outgoing(String id, String type, @Nullable Instant timestamp, byte[] json) {}
