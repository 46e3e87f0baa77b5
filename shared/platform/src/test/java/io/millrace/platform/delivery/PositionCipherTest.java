package io.millrace.platform.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.event.Position;
import io.millrace.platform.Samples;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PositionCipherTest {
    private final PositionCipher seal = new PositionCipher(Samples.bytes("thirty-two bytes of a secret key"));

    @Test
    void aCipherWithTheSameKeyDecryptsPositions() {
        for (long offset : new long[] {0, 1, 1041, Long.MAX_VALUE}) {
            Position position = new Position("k3", offset);
            PositionCipher elsewhere = new PositionCipher(Samples.bytes("thirty-two bytes of a secret key"));
            for (String sealed : List.of(seal.sealEvent("orders", position), seal.sealCursor("orders", position))) {
                assertEquals(50, sealed.length());
                assertTrue(sealed.matches("[A-Za-z0-9_.-]+"), sealed);
                assertEquals(position, elsewhere.open("orders", "k3", sealed));
            }
        }
    }

    @Test
    void neighboursLookNothingAlike() {
        Set<String> seen = new HashSet<>();
        for (long offset = 1; offset <= 1_000; offset++) {
            String sealed = seal.sealEvent("orders", new Position("k3", offset));
            assertTrue(seen.add(sealed.substring(0, 8)));
            assertTrue(seen.add(sealed.substring(20, 28)));
        }
    }

    @Test
    void anEventIsKnownAgainByItsPositionAndNothingElseIs() {
        Position position = new Position("k3", 1041);
        String event = seal.sealEvent("orders", position);
        assertEquals(event, seal.sealEvent("orders", position));
        assertNotEquals(event, seal.sealEvent("orders", new Position("k3", 1042)));
        assertNotEquals(event, seal.sealEvent("payments", position));
        assertNotEquals(event, seal.sealEvent("orders", new Position("k4", 1041)));
        Set<String> seen = new HashSet<>(Set.of(event));
        for (int times = 0; times < 100; times++) {
            assertTrue(seen.add(seal.sealCursor("orders", position)), "a cursor tells that nothing came between");
        }
    }

    @Test
    void thePositionInAStreamWithoutEventsIsSealedTooAndIsBeforeItsFirstEvent() {
        String empty = seal.sealCursor("orders", Position.EMPTY);
        assertEquals(50, empty.length());
        assertEquals(Position.EMPTY, seal.open("orders", Position.NO_EPOCH, empty));
        assertEquals(Position.EMPTY, seal.open("orders", "k3", empty));
        assertNull(seal.open("payments", "k3", empty));
    }

    @Test
    void aPositionOfAnotherStreamEpochOrKeyIsInvalid() {
        PositionCipher other = new PositionCipher(Samples.bytes("another key of thirty-two bytes!"));
        Position position = new Position("k3", 1041);
        for (String sealed : List.of(seal.sealEvent("orders", position), seal.sealCursor("orders", position))) {
            assertNull(seal.open("payments", "k3", sealed));
            assertNull(seal.open("orders", "k4", sealed));
            assertNull(other.open("orders", "k3", sealed));
        }
        assertNotEquals(seal.sealEvent("orders", position), other.sealEvent("orders", position));
    }

    @Test
    void noCharacterOfASealedPositionCanBeChanged() {
        String sealed = seal.sealEvent("orders", new Position("k3", 1041));
        for (int at = 2; at < sealed.length(); at++) {
            char other = sealed.charAt(at) == 'A' ? 'B' : 'A';
            assertNull(seal.open("orders", "k3", sealed.substring(0, at) + other + sealed.substring(at + 1)));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "s.",
                "k3:1041",
                "s.AAAAAAAAAAAAAAAAAAAAAA",
                "s.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "s.!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!",
                "s.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
                "x.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "s.漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢"
            })
    void aTextThatWasNeverSealedIsInvalid(String text) {
        assertNull(seal.open("orders", "k3", text));
    }

    @Test
    void guessingFindsNothing() {
        Random random = new Random(5);
        String letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        for (int i = 0; i < 10_000; i++) {
            StringBuilder guess = new StringBuilder("s.");
            for (int n = 0; n < 48; n++) {
                guess.append(letters.charAt(random.nextInt(64)));
            }
            assertNull(seal.open("orders", "k3", guess.toString()));
        }
    }
}
