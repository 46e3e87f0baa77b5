package io.millrace.launcher.replay;

import io.millrace.launcher.replay.format.InputFile;
import io.millrace.launcher.replay.send.Sleeper;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The output: a progress bar on a terminal, a line every few seconds elsewhere, and the summary. Safe from any thread.
 */
final class ReplayReport {
    private static final long BAR_EVERY_NANOS = 200_000_000L;
    private static final long LINE_EVERY_NANOS = 5_000_000_000L;
    private static final int BAR_WIDTH = 16;
    private static final String CLEAR_LINE = "\r\033[K";
    /** Shortens a line that is too long for the terminal, since a second line couldn't be cleared. */
    private static final String NO_WRAP = "\033[?7l";

    private static final String WRAP = "\033[?7h";

    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean terminal;
    private final Sleeper timing;
    private long startNanos;
    private long shownNanos;
    private long startEvents;
    private long startBytes;
    private boolean barShown;

    /**
     * @param out the stream for the summary
     * @param err the stream for progress and notes
     */
    ReplayReport(PrintWriter out, PrintWriter err, boolean terminal, Sleeper timing) {
        this.out = out;
        this.err = err;
        this.terminal = terminal;
        this.timing = timing;
        start(0, 0);
    }

    /** @param events, bytes the events and bytes of earlier runs, which don't count for the rate */
    synchronized void start(long events, long bytes) {
        startNanos = timing.nanoTime();
        shownNanos = startNanos;
        startEvents = events;
        startBytes = bytes;
    }

    /** Prints a note. */
    synchronized void note(String text) {
        clearLine();
        err.println(text);
        err.flush();
    }

    /** Updates the progress, which is printed from time to time. */
    synchronized void progress(InputFile file, ReplayStats tally) {
        long now = timing.nanoTime();
        if (now - shownNanos < (terminal ? BAR_EVERY_NANOS : LINE_EVERY_NANOS)) {
            return;
        }
        shownNanos = now;
        double done = Math.min(1, (double) file.readBytes() / Math.max(1, file.sizeBytes()));
        double seconds = (now - startNanos) / 1e9;
        double bytesASecond = (file.readBytes() - startBytes) / seconds;
        long left = bytesASecond <= 0 ? 0 : Math.round((file.sizeBytes() - file.readBytes()) / bytesASecond);
        String line = format(
                "%3.0f %%  %,.0f/s  accepted %,d  duplicate %,d  refused %,d  %s left",
                done * 100,
                (tally.events() - startEvents) / seconds,
                tally.accepted(),
                tally.duplicates(),
                tally.refused(),
                left < 60 ? left + " s" : duration(Duration.ofSeconds(left)));
        if (terminal) {
            int filled = (int) (done * BAR_WIDTH);
            err.print(CLEAR_LINE + NO_WRAP + "▕" + "█".repeat(filled) + " ".repeat(BAR_WIDTH - filled) + "▏" + line
                    + WRAP);
            barShown = true;
        } else {
            err.println(line);
        }
        err.flush();
    }

    private void clearLine() {
        if (barShown) {
            err.print(CLEAR_LINE);
            barShown = false;
        }
    }

    /** @param end how the run ended: done, interrupted, … */
    synchronized void summary(InputFile file, ReplayStats tally, String end) {
        clearLine();
        err.flush();
        double seconds = (timing.nanoTime() - startNanos) / 1e9;
        out.printf(Locale.ROOT, "%s: %s%n", file.path(), end);
        row("rows", tally.rows(), format("%,d became events", tally.mapped()));
        tally.skippedRows().forEach((reason, count) -> row("", count, "skipped: " + reason));
        row("events", tally.events(), "");
        tally.eventsByType().forEach((type, count) -> row("", count, type));
        row("accepted", tally.accepted(), statuses(tally.eventsByStatus()));
        row("duplicates", tally.duplicates(), "");
        long expired = tally.eventsByStatus().getOrDefault("expired", 0L);
        if (expired > 0) {
            row("expired", expired, "");
        }
        row("refused", tally.refused(), "");
        tally.refusedByCode().forEach((code, count) -> {
            row("", count, code);
            tally.examples().getOrDefault(code, List.of()).forEach(example -> out.printf("%26s%s%n", "", example));
        });
        long sent = tally.events() - startEvents;
        out.printf(
                Locale.ROOT,
                "  %-10s %,11d events in %s, %,.0f a second%n",
                "this run",
                sent,
                duration(Duration.ofMillis((long) (seconds * 1000))),
                sent / Math.max(seconds, 0.001));
        out.flush();
    }

    private void row(String name, long count, String remark) {
        out.println(format("  %-10s %,11d  %s", name, count, remark).stripTrailing());
    }

    private static String statuses(Map<String, Long> counts) {
        return counts.entrySet().stream()
                .filter(entry ->
                        !entry.getKey().equals("duplicate") && !entry.getKey().equals("expired"))
                .map(entry -> format("%,d %s", entry.getValue(), entry.getKey()))
                .collect(Collectors.joining(", "));
    }

    private static String duration(Duration time) {
        if (time.toMinutes() == 0) {
            return format("%.1f s", time.toMillis() / 1000.0);
        }
        return time.toHours() > 0
                ? format("%d h %d min", time.toHours(), time.toMinutesPart())
                : format("%d min %d s", time.toMinutes(), time.toSecondsPart());
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
