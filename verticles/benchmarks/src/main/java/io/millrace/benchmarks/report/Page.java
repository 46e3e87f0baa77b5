package io.millrace.benchmarks.report;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.DoubleStream;

/** A page to read, of the lines that a run wrote. Arguments: {@code out=} (the lines) {@code page=} {@code title=}. */
final class Page {
    private final List<JsonObject> lines;
    private final StringBuilder text = new StringBuilder();

    private Page(List<JsonObject> lines) {
        this.lines = lines;
    }

    /** Has it written, into its file and out. */
    static void write(String[] args, Consumer<Page> report) throws IOException {
        Arguments arguments = new Arguments(args);
        Page page = new Page(Files.readAllLines(Path.of(arguments.text("out"))).stream()
                .filter(line -> line.startsWith("{"))
                .map(JsonObject::new)
                .toList());
        page.line(arguments.text("title") + "\n");
        report.accept(page);
        Files.writeString(Path.of(arguments.text("page")), page.text);
        System.out.print(page.text);
    }

    /** What the run measured. */
    List<JsonObject> lines() {
        return lines;
    }

    void line(String line) {
        text.append(line).append('\n');
    }

    /** 0 if there is none. */
    static double median(DoubleStream figures) {
        double[] sorted = figures.sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length == 0
                ? 0
                : sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    static String whole(double number) {
        return String.format(Locale.ROOT, "%,.0f", number);
    }

    static String tenths(double number) {
        return String.format(Locale.ROOT, "%.1f", number);
    }

    static String hundredths(double number) {
        return String.format(Locale.ROOT, "%.2f", number);
    }
}
