package io.millrace.postgres.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PlacementTest {
    private static final Set<String> SOURCES = Set.of("s1", "s2", "s3", "s4", "s5");

    @Test
    void sourcesThatAreNobodysGoToTheNodesWithTheFewest() {
        Placement placement =
                new Placement(Map.of("s1", "a", "s2", "a"), Map.of("a", SOURCES, "b", SOURCES, "c", SOURCES));
        assertEquals(Set.of(), placement.toAcquire("a"));
        assertEquals(Set.of("s3", "s5"), placement.toAcquire("b"));
        assertEquals(Set.of("s4"), placement.toAcquire("c"));
    }

    @Test
    void aNodeTakesOnlyWhatItKnows() {
        Placement placement = new Placement(Map.of(), Map.of("a", Set.of("s1"), "b", Set.of("s1", "s2")));
        assertEquals(Set.of("s1"), placement.toAcquire("a"));
        assertEquals(Set.of("s2"), placement.toAcquire("b"));
    }

    @Test
    void whoHasTwoMoreThanAnotherGivesOneAndNobodyGivesWhatWouldComeBack() {
        Map<String, Set<String>> nodes = Map.of("a", SOURCES, "b", SOURCES);
        Map<String, String> holders = new HashMap<>(Map.of("s1", "a", "s2", "a", "s3", "a", "s4", "a", "s5", "b"));
        assertEquals(Optional.of("s4"), new Placement(holders, nodes).toRelease("a"));
        assertEquals(Optional.empty(), new Placement(holders, nodes).toRelease("b"));
        holders.remove("s4");
        assertEquals(Optional.empty(), new Placement(holders, nodes).toRelease("a"), "while one is nobody's");
        holders.put("s4", "b");
        assertEquals(Optional.empty(), new Placement(holders, nodes).toRelease("a"), "three and two");
    }

    @Test
    void aSourceThatOnlyItsHolderKnowsStays() {
        Placement placement = new Placement(
                Map.of("s1", "a", "s2", "a"), Map.of("a", Set.of("s1", "s2"), "b", Set.of("other", "s1")));
        assertEquals(Optional.empty(), placement.toRelease("a"), "other is nobody's yet");
        placement = new Placement(Map.of("s1", "a", "s2", "a"), Map.of("a", Set.of("s1", "s2"), "b", Set.of("s1")));
        assertEquals(Optional.of("s1"), placement.toRelease("a"));
    }

    @Test
    void whatANodeHasLostWithoutPostgresqlKnowingIsNobodys() {
        Placement placement = new Placement(Map.of("s1", "a", "s2", "a"), Map.of("a", Set.of("s1", "s2")));
        assertEquals(Set.of("s2"), placement.withHeld("a", Set.of("s1")).toAcquire("a"));
    }
}
