package io.millrace.platform.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.Position;
import io.millrace.platform.Samples;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PositionSealTest {
    private final PositionSeal seal = new PositionSeal(Samples.bytes("thirty-two bytes of a secret key"));

    @Test
    void whoeverHasTheKeyReadsWhatWasSealed() {
        for (long offset : new long[] {0, 1, 1041, Long.MAX_VALUE}) {
            Position position = new Position("k3", offset);
            String sealed = seal.seal("orders", position);
            assertEquals(24, sealed.length());
            assertTrue(sealed.matches("[A-Za-z0-9_.-]+"), sealed);
            PositionSeal elsewhere = new PositionSeal(Samples.bytes("thirty-two bytes of a secret key"));
            assertEquals(position, elsewhere.open("orders", "k3", sealed));
        }
    }

    @Test
    void neighboursLookNothingAlike() {
        Set<String> seen = new HashSet<>();
        for (long offset = 1; offset <= 1_000; offset++) {
            assertTrue(seen.add(seal.seal("orders", new Position("k3", offset)).substring(0, 8)));
        }
    }

    @Test
    void aPositionOfAnotherStreamEpochOrKeyIsNone() {
        String sealed = seal.seal("orders", new Position("k3", 1041));
        assertNull(seal.open("payments", "k3", sealed));
        assertNull(seal.open("orders", "k4", sealed));
        PositionSeal other = new PositionSeal(Samples.bytes("another key of thirty-two bytes!"));
        assertNull(other.open("orders", "k3", sealed));
        assertNotEquals(sealed, other.seal("orders", new Position("k3", 1041)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "s.",
                "k3:1041",
                "s.AAAAAAAAAAAAAAAAAAAAAA",
                "s.!!!!!!!!!!!!!!!!!!!!!!",
                "s.AAAAAAAAAAAAAAAAAAAA==",
                "x.AAAAAAAAAAAAAAAAAAAAAA",
                "s.漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢"
            })
    void whatWasNeverSealedIsNone(String text) {
        assertNull(seal.open("orders", "k3", text));
    }

    @Test
    void guessingFindsNothing() {
        Random random = new Random(5);
        String letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        for (int i = 0; i < 10_000; i++) {
            StringBuilder guess = new StringBuilder("s.");
            for (int n = 0; n < 22; n++) {
                guess.append(letters.charAt(random.nextInt(64)));
            }
            assertNull(seal.open("orders", "k3", guess.toString()));
        }
    }
}
