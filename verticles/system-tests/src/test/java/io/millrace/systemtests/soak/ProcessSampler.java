package io.millrace.systemtests.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What Linux says of a process, and the tools of its JVM. All throw {@link IOException} of one that is gone. */
final class ProcessSampler {
    private static final double MEBI = 1 << 20;
    private static final double KIBI_IN_MEBI = 1 << 10;
    private static final int PATIENCE_SECONDS = 5;

    private ProcessSampler() {}

    static Map<Line, Double> sample(long pid) throws IOException {
        Path process = Path.of("/proc", Long.toString(pid));
        Map<String, String> status;
        try (Stream<String> lines = Files.lines(process.resolve("status"))) {
            status = lines.map(line -> line.split(":", 2))
                    .filter(parts -> parts.length == 2)
                    .collect(Collectors.toMap(
                            parts -> parts[0], parts -> parts[1].trim().split(" ", 2)[0], (one, other) -> one));
        }
        if (!status.containsKey("VmRSS")) {
            throw new IOException(pid + " is about to be gone");
        }
        try (Stream<Path> descriptors = Files.list(process.resolve("fd"))) {
            return Map.of(
                    Line.RESIDENT,
                    Double.parseDouble(status.get("VmRSS")) / KIBI_IN_MEBI,
                    Line.THREADS,
                    Double.parseDouble(status.get("Threads")),
                    Line.DESCRIPTORS,
                    (double) descriptors.count());
        }
    }

    /**
     * What is on the heap of a JVM after a collection of all of it, in MiB.
     *
     * @param histogram the file for which classes that is
     */
    static double liveHeap(long pid, Path histogram) throws IOException {
        Process tool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        "-J-Xmx32m",
                        "-J-XX:TieredStopAtLevel=1",
                        "-J-XX:+UseSerialGC",
                        Long.toString(pid),
                        "GC.class_histogram")
                .redirectErrorStream(true)
                .redirectOutput(histogram.toFile())
                .start();
        try {
            if (!tool.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || tool.exitValue() != 0) {
                throw new IOException(pid + " doesn't answer");
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            throw new IOException(ended);
        } finally {
            tool.destroyForcibly();
        }
        try (Stream<String> lines = Files.lines(histogram)) {
            return lines.filter(line -> line.startsWith("Total"))
                    .mapToDouble(line -> Double.parseDouble(line.trim().split("\\s+", -1)[2]) / MEBI)
                    .findFirst()
                    .orElseThrow(() -> new IOException(pid + " has no histogram"));
        }
    }
}
