package io.millrace.contracts.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PositionTest {
    @Test
    void aPositionReadsAsItIsWritten() {
        Position position = new Position("k3", 1041);
        assertEquals("k3:1041", position.toString());
        assertEquals(position, Position.parse("k3:1041"));
        assertEquals(Position.EMPTY, Position.parse("-:0"));
        assertEquals(new Position("k3", Long.MAX_VALUE), Position.parse("k3:" + Long.MAX_VALUE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                "1041",
                ":1041",
                "k3:",
                "k3:-1",
                "k3:x",
                "k3: 1",
                "k3:1 ",
                "k3:1e3",
                "k3:0x10",
                "k3:9223372036854775808",
                "k3:99999999999999999999999",
                "k3:01",
                "k3:٥",
                "k 3:1",
                "2026-01-31T09:30",
                "an-epoch-far-too-long:1"
            })
    void anInvalidPositionIsNull(String text) {
        assertNull(Position.parse(text));
    }
}
