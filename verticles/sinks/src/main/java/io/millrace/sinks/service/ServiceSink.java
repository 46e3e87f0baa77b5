package io.millrace.sinks.service;

import io.millrace.sinks.message.ConfiguredSink;
import io.millrace.sinks.message.MessageBody;
import io.millrace.sinks.message.Sink;
import java.time.Duration;

/**
 * A microservice on the event bus, as a file describes it. Immutable.
 *
 * @param address begins with {@code service.}
 * @param timeout how long the service may take to answer before it gets the event again
 */
public record ServiceSink(Sink sink, String address, Duration timeout, MessageBody body) implements ConfiguredSink {
    @Override
    public String kind() {
        return "service";
    }
}
