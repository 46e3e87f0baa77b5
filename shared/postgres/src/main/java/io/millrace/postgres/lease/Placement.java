package io.millrace.postgres.lease;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which tasks run where, as each node decides it from the same two tables: a task that is nobody's goes to the node
 * with the fewest, so that they spread. Two nodes that decide at different moments may both want one: PostgreSQL gives it
 * to one of them. Immutable.
 *
 * @param holders the node of each task that has one
 * @param nodes the tasks that each node knows
 */
record Placement(Map<String, String> holders, Map<String, Set<String>> nodes) {

    /** As it would be if a node had no task but these, because it has lost the others without PostgreSQL knowing. */
    Placement withHeld(String node, Set<String> held) {
        Map<String, String> known = new HashMap<>(holders);
        known.entrySet().removeIf(entry -> entry.getValue().equals(node) && !held.contains(entry.getKey()));
        return new Placement(known, nodes);
    }

    /** Whether another node would run a task. */
    boolean isKnownElsewhere(String task, String node) {
        return nodes.entrySet().stream()
                .anyMatch(entry ->
                        !entry.getKey().equals(node) && entry.getValue().contains(task));
    }

    private Set<String> free() {
        Set<String> free = new TreeSet<>();
        nodes.values().forEach(free::addAll);
        free.removeAll(holders.keySet());
        return free;
    }

    /** The tasks that are nobody's, and that are for this node to take. */
    Set<String> toAcquire(String node) {
        Map<String, Integer> loads = loads();
        Set<String> mine = new TreeSet<>();
        for (String task : free()) {
            leastLoaded(task, loads).ifPresent(least -> {
                loads.merge(least, 1, Integer::sum);
                if (least.equals(node)) {
                    mine.add(task);
                }
            });
        }
        return mine;
    }

    /** A task that this node gives to one that has at least two fewer; one at a time, and none while some are free. */
    Optional<String> toRelease(String node) {
        if (!free().isEmpty()) {
            return Optional.empty();
        }
        Map<String, Integer> loads = loads();
        int own = loads.getOrDefault(node, 0);
        return holders.entrySet().stream()
                .filter(entry -> entry.getValue().equals(node))
                .map(Entry::getKey)
                .filter(task -> leastLoaded(task, loads)
                        .filter(least -> loads.getOrDefault(least, 0) + 2 <= own)
                        .isPresent())
                .max(Comparator.naturalOrder());
    }

    private Map<String, Integer> loads() {
        Map<String, Integer> loads = new HashMap<>();
        holders.values().forEach(holder -> loads.merge(holder, 1, Integer::sum));
        return loads;
    }

    private Optional<String> leastLoaded(String task, Map<String, Integer> loads) {
        return nodes.entrySet().stream()
                .filter(entry -> entry.getValue().contains(task))
                .map(Entry::getKey)
                .min(Comparator.comparing((String name) -> loads.getOrDefault(name, 0))
                        .thenComparing(Comparator.naturalOrder()));
    }
}
