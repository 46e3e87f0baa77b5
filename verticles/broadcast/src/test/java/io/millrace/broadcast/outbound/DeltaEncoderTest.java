package io.millrace.broadcast.outbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.millrace.contracts.event.EntityRef;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DeltaEncoderTest {
    private final DeltaEncoder deltas = new DeltaEncoder(4, 1_000);

    @Test
    void theStatesThatWereSentLongestAgoAreForgottenByNumber() {
        IntStream.range(0, 6).forEach(i -> keep(i, 10));
        keep(2, 10);
        keep(6, 10);
        assertEquals(List.of(2, 4, 5, 6), known());
    }

    @Test
    void andByTheirBytes() {
        keep(0, 600);
        keep(1, 300);
        assertEquals(List.of(0, 1), known());
        keep(2, 200);
        assertEquals(List.of(1, 2), known());
        keep(1, 700);
        assertEquals(List.of(1, 2), known());
        keep(1, 801);
        assertEquals(List.of(1), known());
    }

    @Test
    void whatIsTooLargeOrGoneIsNotKeptAndCostsNoOtherItsPlace() {
        keep(0, 400);
        keep(1, 400);
        keep(1, 1_001);
        assertEquals(List.of(0), known());
        deltas.keep(entity(0), 2, null);
        assertFalse(deltas.knows(entity(0)));
        keep(2, 1_000);
        assertEquals(List.of(2), known());
    }

    private void keep(int entity, int bytes) {
        deltas.keep(entity(entity), 1, new byte[bytes]);
    }

    private List<Integer> known() {
        return IntStream.range(0, 10)
                .filter(i -> deltas.knows(entity(i)))
                .boxed()
                .toList();
    }

    private static EntityRef entity(int id) {
        return new EntityRef("shop", "order", "o-" + id);
    }
}
