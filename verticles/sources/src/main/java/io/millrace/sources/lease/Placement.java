package io.millrace.sources.lease;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which sources run where, as each node decides it from the same two tables: a source that is nobody's goes to the node
 * with the fewest, so that they spread. Two nodes that decide at different moments may both want one: PostgreSQL gives it
 * to one of them. Immutable.
 *
 * @param holders the node of each source that has one
 * @param nodes the sources that each node knows
 */
record Placement(Map<String, String> holders, Map<String, Set<String>> nodes) {

    /** As it would be if a node had no source but these, because it has lost the others without PostgreSQL knowing. */
    Placement withHeld(String node, Set<String> held) {
        Map<String, String> known = new HashMap<>(holders);
        known.entrySet().removeIf(entry -> entry.getValue().equals(node) && !held.contains(entry.getKey()));
        return new Placement(known, nodes);
    }

    /** Whether another node would run a source. */
    boolean isKnownElsewhere(String source, String node) {
        return nodes.entrySet().stream()
                .anyMatch(entry ->
                        !entry.getKey().equals(node) && entry.getValue().contains(source));
    }

    private Set<String> free() {
        Set<String> free = new TreeSet<>();
        nodes.values().forEach(free::addAll);
        free.removeAll(holders.keySet());
        return free;
    }

    /** The sources that are nobody's, and that are for this node to take. */
    Set<String> toAcquire(String node) {
        Map<String, Integer> loads = loads();
        Set<String> mine = new TreeSet<>();
        for (String source : free()) {
            leastLoaded(source, loads).ifPresent(least -> {
                loads.merge(least, 1, Integer::sum);
                if (least.equals(node)) {
                    mine.add(source);
                }
            });
        }
        return mine;
    }

    /** A source that this node gives to one that has at least two fewer; one at a time, and none while some are free. */
    Optional<String> toRelease(String node) {
        if (!free().isEmpty()) {
            return Optional.empty();
        }
        Map<String, Integer> loads = loads();
        int own = loads.getOrDefault(node, 0);
        return holders.entrySet().stream()
                .filter(entry -> entry.getValue().equals(node))
                .map(Entry::getKey)
                .filter(source -> leastLoaded(source, loads)
                        .filter(least -> loads.getOrDefault(least, 0) + 2 <= own)
                        .isPresent())
                .max(Comparator.naturalOrder());
    }

    private Map<String, Integer> loads() {
        Map<String, Integer> loads = new HashMap<>();
        holders.values().forEach(holder -> loads.merge(holder, 1, Integer::sum));
        return loads;
    }

    private Optional<String> leastLoaded(String source, Map<String, Integer> loads) {
        return nodes.entrySet().stream()
                .filter(entry -> entry.getValue().contains(source))
                .map(Entry::getKey)
                .min(Comparator.comparing((String name) -> loads.getOrDefault(name, 0))
                        .thenComparing(Comparator.naturalOrder()));
    }
}
