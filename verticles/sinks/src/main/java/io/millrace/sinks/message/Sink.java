package io.millrace.sinks.message;

import io.millrace.platform.auth.Principal;
import io.millrace.platform.delivery.ResumePoint;
import org.jspecify.annotations.Nullable;

/**
 * What every sink's file says, whatever the system behind it. Immutable.
 *
 * @param name the lease's name; of a sink with several endpoints, each has one of its own
 * @param reader in whose name the streams are read; sees no more than such a subscriber
 * @param start where it begins in the streams that are there when it starts for the first time; null at their ends. A
 *     stream that is new later is sent from its beginning
 */
public record Sink(String name, Principal reader, StreamSelection streams, @Nullable ResumePoint start) {}
