package io.millrace.sources.redis;

import io.millrace.platform.settings.Settings;

/**
 * @param uri the node's own Redis, for sources that name no other
 * @param bufferMessages how many messages of pub/sub may wait in each source
 * @param bufferBytes how many bytes of them
 */
public record RedisSourceSettings(String uri, int bufferMessages, long bufferBytes) {
    public static RedisSourceSettings from(Settings settings) {
        return new RedisSourceSettings(
                settings.text("redis.uri", "redis://127.0.0.1:6379"),
                settings.integer("sources.redis.waiting.max", 10_000, 1, 1_000_000),
                settings.bytes("sources.redis.bytes.max", 16L << 20, 1L << 10, 1L << 30));
    }
}
