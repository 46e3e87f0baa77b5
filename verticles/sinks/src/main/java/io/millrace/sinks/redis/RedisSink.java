package io.millrace.sinks.redis;

import io.millrace.mapping.DocumentExpression;
import io.millrace.platform.settings.RedisAddress;
import io.millrace.sinks.message.ConfiguredSink;
import io.millrace.sinks.message.MessageBody;
import io.millrace.sinks.message.Sink;

/**
 * Channels of a Redis, as a file describes them. Immutable.
 *
 * @param channel a template
 */
public record RedisSink(Sink sink, RedisAddress address, DocumentExpression channel, MessageBody body)
        implements ConfiguredSink {
    @Override
    public String kind() {
        return "redis";
    }
}
