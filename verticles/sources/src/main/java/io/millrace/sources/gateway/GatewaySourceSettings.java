package io.millrace.sources.gateway;

import io.millrace.platform.settings.Settings;

/**
 * @param waitingMax how many dispatches of a shard may wait in a node; beyond that nothing is read from its connection
 * @param bytesMax how many bytes of them
 * @param messageMax the largest message of a gateway in bytes, inflated
 */
public record GatewaySourceSettings(int waitingMax, long bytesMax, int messageMax) {
    public static GatewaySourceSettings from(Settings settings) {
        return new GatewaySourceSettings(
                settings.integer("sources.gateway.waiting.max", 10_000, 1, 1_000_000),
                settings.bytes("sources.gateway.bytes.max", 16L << 20, 1L << 10, 1L << 30),
                (int) settings.bytes("sources.gateway.message.max", 16L << 20, 1L << 10, 256L << 20));
    }
}
