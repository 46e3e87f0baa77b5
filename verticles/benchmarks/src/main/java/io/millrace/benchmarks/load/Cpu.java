package io.millrace.benchmarks.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * CPU time, user and system, of Millrace and of the servers that it started, from {@code /proc}. What ended in the
 * meantime is counted with its parent.
 */
public final class Cpu {
    private static final Path PROC = Path.of("/proc");
    /** The kernel's tick for user programs is 10 ms on every architecture that Linux has today. */
    private static final long MICROS_PER_TICK = 10_000;

    private Cpu() {}

    private record Task(long pid, long parent, String name, long ticks) {}

    /**
     * Microseconds since the start of each: {@code millrace}, {@code postgres}, {@code redis}, {@code kafka}, and this {@code load}.
     *
     * @param root the process of Millrace
     */
    public static Map<String, Long> micros(long root) throws IOException {
        Map<Long, Task> tasks = new HashMap<>();
        try (Stream<Path> entries = Files.list(PROC)) {
            List<Path> numbered = entries.filter(
                            entry -> entry.getFileName().toString().matches("\\d+"))
                    .toList();
            numbered.forEach(entry -> read(entry, tasks));
        }
        Map<String, Long> micros = new TreeMap<>();
        for (Task task : tasks.values()) {
            if (task.pid == ProcessHandle.current().pid()) {
                micros.put("load", task.ticks * MICROS_PER_TICK);
            } else if (descends(task, root, tasks)) {
                micros.merge(server(task, root), task.ticks * MICROS_PER_TICK, Long::sum);
            }
        }
        return micros;
    }

    /** {@code stat} reads: pid (name) state parent …, and times as the 14th to the 17th field. */
    private static void read(Path entry, Map<Long, Task> into) {
        try {
            String stat = Files.readString(entry.resolve("stat"));
            int nameEnd = stat.lastIndexOf(')');
            String[] rest = stat.substring(nameEnd + 2).split(" ", 17);
            long ticks = 0;
            for (int i = 11; i < 15; i++) {
                ticks += Long.parseLong(rest[i]);
            }
            long pid = Long.parseLong(entry.getFileName().toString());
            String name = stat.substring(stat.indexOf('(') + 1, nameEnd);
            into.put(pid, new Task(pid, Long.parseLong(rest[1]), name, ticks));
        } catch (IOException ended) {
            // Between the listing and the reading.
        }
    }

    private static boolean descends(Task task, long root, Map<Long, Task> tasks) {
        for (Task at = task; at != null; at = tasks.get(at.parent)) {
            if (at.pid == root) {
                return true;
            }
        }
        return false;
    }

    private static String server(Task task, long root) {
        if (task.pid == root) {
            return "millrace";
        }
        return task.name.startsWith("redis") ? "redis" : task.name.startsWith("java") ? "kafka" : "postgres";
    }
}
