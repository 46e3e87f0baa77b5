package io.millrace.benchmarks.sources;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.benchmarks.client.BridgeSubscriber;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class EmittedPacketTest {
    @Test
    void itIsAnArrayOfThreeInMessagePack() {
        String packet = new String(EmittedPacket.of("bench", 7), StandardCharsets.ISO_8859_1);
        assertTrue(packet.startsWith(
                "\u0093\u00a7emitter\u0083\u00a4type\u0002\u00a4data\u0092\u00a5event\u0085\u00a1t\u00d3"));
        assertTrue(packet.contains("\u00ba" + BridgeSubscriber.MARK));
        assertTrue(packet.endsWith(
                "\u00a3nsp\u00a1/\u0083\u00a5rooms\u0091\u00a5bench\u00a6except\u0090\u00a5flags\u0080"));
        assertEquals(packet.indexOf("emitter"), packet.lastIndexOf("emitter"));
    }
}
