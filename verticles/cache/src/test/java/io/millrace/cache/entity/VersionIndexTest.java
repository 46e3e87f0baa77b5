package io.millrace.cache.entity;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.entity.EntityState.Level;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Position;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class VersionIndexTest {
    private static final int ONE_PLACE = 1;

    private final VersionIndex fingerprints = new VersionIndex(100);

    @Test
    void onlyTheNewestVersionFits() {
        fingerprints.note(state("a", 1, "{}"));
        fingerprints.note(state("a", 2, "{}"));
        fingerprints.note(state("a", 1, "{}"));
        assertTrue(fingerprints.matches(state("a", 2, "{}")));
        assertFalse(fingerprints.matches(state("a", 1, "{}")));
        assertFalse(fingerprints.matches(state("a", 3, "{}")));
    }

    @Test
    void anotherStateOfTheSameVersionDoesNotFit() {
        fingerprints.note(state("a", 1, "{\"total\":1}"));
        assertFalse(fingerprints.matches(state("a", 1, "{\"total\":2}")));
        assertFalse(fingerprints.matches(state("a", 1, null)));
        assertTrue(fingerprints.matches(state("a", 1, "{\"total\":1}")));
    }

    @Test
    void whatIsNotKnownFitsNothing() {
        assertFalse(fingerprints.knows(new EntityRef("order", "orders", "a")));
        assertFalse(fingerprints.matches(state("a", 1, "{}")));
        fingerprints.note(state("a", 1, "{}"));
        fingerprints.note(state("a", 2, null));
        assertFalse(fingerprints.knows(new EntityRef("order", "orders", "a")));
        fingerprints.note(state("a", 3, "{}"));
        assertTrue(fingerprints.knows(new EntityRef("order", "orders", "a")));
        fingerprints.clear();
        assertFalse(fingerprints.matches(state("a", 3, "{}")));
    }

    @Test
    void theSameIdOfAnotherStreamIsAnother() {
        fingerprints.note(state("a", 1, "{}"));
        assertFalse(fingerprints.knows(new EntityRef("order", "order", "a")));
        assertFalse(fingerprints.knows(new EntityRef("order", "orders:", "a")));
    }

    @Test
    void ofTwoInOnePlaceTheLastIsKnown() {
        VersionIndex small = new VersionIndex(ONE_PLACE);
        small.note(state("a", 7, "{}"));
        small.note(state("b", 1, "{}"));
        assertFalse(small.knows(new EntityRef("order", "orders", "a")));
        assertTrue(small.matches(state("b", 1, "{}")));
    }

    private static EntityState state(String id, long version, @Nullable String json) {
        return new EntityState(
                new EntityRef("order", "orders", id),
                version,
                json == null ? null : json.getBytes(StandardCharsets.UTF_8),
                new Position("k1", version),
                Level.NEAR);
    }
}
