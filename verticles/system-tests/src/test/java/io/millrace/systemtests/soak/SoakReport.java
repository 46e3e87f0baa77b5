package io.millrace.systemtests.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What came of a run: {@code samples.csv}, {@code soak.svg}, and {@code verdict.md} with a row for each line. */
final class SoakReport {
    private static final double JUDGED_HOURS = 0.25;

    private final List<Sample> samples;
    private final double warmUpSeconds;
    private final List<Double> faults;

    /** @param faults when something was broken, in seconds since the run began */
    SoakReport(List<Sample> samples, double warmUpSeconds, List<Double> faults) {
        this.samples = samples;
        this.warmUpSeconds = warmUpSeconds;
        this.faults = faults;
    }

    /** The samples of each line of each process, in their order. */
    private Map<Line, Map<String, List<Sample>>> lines() {
        Map<Line, Map<String, List<Sample>>> lines = new LinkedHashMap<>();
        for (Line line : Line.values()) {
            Map<String, List<Sample>> each = samples.stream()
                    .filter(sample -> sample.line() == line)
                    .collect(Collectors.groupingBy(Sample::of, LinkedHashMap::new, Collectors.toList()));
            if (!each.isEmpty()) {
                lines.put(line, each);
            }
        }
        return lines;
    }

    /** What there are samples of. */
    Set<Line> drawn() {
        return lines().keySet();
    }

    /** The lines that grow and must not. */
    List<String> growing() {
        List<String> growing = new ArrayList<>();
        lines().forEach((line, each) -> each.forEach((of, life) -> {
            Trend trend = Trend.of(life, warmUpSeconds);
            if (!line.mayGrow() && grows(line, trend)) {
                growing.add(of + ": " + line.title + ", " + trend);
            }
        }));
        return growing;
    }

    void write(Path folder, String title) throws IOException {
        Files.writeString(
                folder.resolve("samples.csv"),
                samples.stream()
                        .map(sample -> String.format(
                                Locale.ROOT,
                                "%.1f,%s,%s,%d,%.3f%n",
                                sample.seconds(),
                                sample.line(),
                                sample.of(),
                                sample.life(),
                                sample.value()))
                        .collect(Collectors.joining("", "seconds,line,of,life,value\n", "")));
        Files.writeString(folder.resolve("soak.svg"), new SoakChart(lines(), faults, title).draw());
        Files.writeString(folder.resolve("verdict.md"), title + "\n\n" + table());
    }

    /** A row for each line of each process. */
    String table() {
        StringBuilder table = new StringBuilder(
                "| line | of | level | per hour | noise | hours looked at | verdict |\n|---|---|---|---|---|---|---|\n");
        lines().forEach((line, each) -> each.forEach((of, life) -> {
            Trend trend = Trend.of(life, warmUpSeconds);
            table.append(String.format(
                    Locale.ROOT,
                    "| %s%s | %s | %.1f | %+.1f | %.1f | %.2f | %s |%n",
                    line.title,
                    line.unit.isEmpty() ? "" : ", " + line.unit,
                    of,
                    trend.level(),
                    trend.perHour(),
                    trend.noise(),
                    trend.hours(),
                    verdict(line, trend)));
        }));
        return table.toString();
    }

    /** In minutes pools, connections and caches fill that a fault has emptied, and nothing can be told from that. */
    private static boolean grows(Line line, Trend trend) {
        return trend.hours() >= JUDGED_HOURS && trend.grows(line.tolerance);
    }

    private static String verdict(Line line, Trend trend) {
        if (line.mayGrow()) {
            return "may grow up to " + line.bound;
        }
        if (trend.hours() < JUDGED_HOURS) {
            return "too short";
        }
        return grows(line, trend) ? "**grows**" : "flat";
    }
}
