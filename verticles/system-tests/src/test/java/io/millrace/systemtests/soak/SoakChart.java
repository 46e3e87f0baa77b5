package io.millrace.systemtests.soak;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** One small chart for each line, with a curve for each process, in an SVG that follows the reader's light or dark. */
final class SoakChart {
    private static final int COLUMNS = 3;
    private static final int WIDTH = 340;
    private static final int HEIGHT = 190;
    private static final int LEFT = 48;
    private static final int TOP = 34;
    private static final int RIGHT = 14;
    private static final int BOTTOM = 26;
    private static final int HEAD = 64;
    private static final double SECONDS_A_MINUTE = 60;
    private static final double AIR = 1.12;
    private static final String STYLE =
            """
            <style>
            svg { --paper: #ffffff; --ink: #1c2430; --soft: #5d6878; --rule: #dfe3e9; --mark: #b9c0ca;
              --c0: #2563ab; --c1: #b4520b; --c2: #1f7a4d; --c3: #8a3ea8; --c4: #5d6878; }
            @media (prefers-color-scheme: dark) {
              svg { --paper: #14181f; --ink: #e6eaf0; --soft: #9aa5b4; --rule: #2a313c; --mark: #465061;
                --c0: #6ea8f0; --c1: #f0a05a; --c2: #5cc48f; --c3: #cc8fe4; --c4: #9aa5b4; }
            }
            text { font: 12px system-ui, sans-serif; fill: var(--ink); }
            .soft { fill: var(--soft); font-size: 11px; }
            .title { font-weight: 600; }
            .curve { fill: none; stroke-width: 1.5; stroke-linejoin: round; }
            .rule { stroke: var(--rule); } .mark { stroke: var(--mark); stroke-dasharray: 2 3; }
            </style>
            """;

    private final Map<Line, Map<String, List<Sample>>> lines;
    private final List<Double> faults;
    private final String title;
    private final List<String> processes;
    private final double seconds;

    /** @param faults when something was broken, in seconds since the run began */
    SoakChart(Map<Line, Map<String, List<Sample>>> lines, List<Double> faults, String title) {
        this.lines = lines;
        this.faults = faults;
        this.title = title;
        Set<String> drawn = new LinkedHashSet<>();
        lines.getOrDefault(Line.RESIDENT, Map.of()).keySet().forEach(drawn::add);
        this.processes = List.copyOf(drawn);
        this.seconds = lines.values().stream()
                .flatMap(each -> each.values().stream())
                .flatMap(List::stream)
                .mapToDouble(Sample::seconds)
                .max()
                .orElse(1);
    }

    String draw() {
        int rows = (lines.size() + COLUMNS - 1) / COLUMNS;
        int width = COLUMNS * WIDTH;
        int height = HEAD + rows * HEIGHT;
        StringBuilder svg = new StringBuilder(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">%n",
                width,
                height,
                width,
                height));
        svg.append("<title>").append(escaped(title)).append("</title>\n").append(STYLE);
        svg.append("<rect width=\"100%\" height=\"100%\" fill=\"var(--paper)\"/>\n");
        text(svg, LEFT, 24, "title", title);
        legend(svg);
        int place = 0;
        for (Map.Entry<Line, Map<String, List<Sample>>> line : lines.entrySet()) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<g transform=\"translate(%d %d)\">%n",
                    place % COLUMNS * WIDTH,
                    HEAD + place / COLUMNS * HEIGHT));
            panel(svg, line.getKey(), line.getValue());
            svg.append("</g>\n");
            place++;
        }
        return svg.append("</svg>\n").toString();
    }

    private void legend(StringBuilder svg) {
        int x = LEFT;
        for (String process : processes) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<rect x=\"%d\" y=\"39\" width=\"14\" height=\"3\" fill=\"%s\"/>%n",
                    x,
                    color(process)));
            text(svg, x + 20, 45, "soft", process);
            x += 44 + 7 * process.length();
        }
        text(svg, x, 45, "soft", "┊ a fault");
    }

    private void panel(StringBuilder svg, Line line, Map<String, List<Sample>> curves) {
        double most = curves.values().stream()
                        .flatMap(List::stream)
                        .mapToDouble(Sample::value)
                        .max()
                        .orElse(0)
                * AIR;
        double top = most <= 0 ? 1 : most;
        text(svg, LEFT, 20, "title", line.title + (line.unit.isEmpty() ? "" : ", " + line.unit));
        for (int i = 0; i <= 2; i++) {
            double value = top * i / 2;
            double y = y(value, top);
            svg.append(String.format(
                    Locale.ROOT,
                    "<line class=\"rule\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>%n",
                    LEFT,
                    WIDTH - RIGHT,
                    y,
                    y));
            svg.append(String.format(
                    Locale.ROOT,
                    "<text class=\"soft\" text-anchor=\"end\" x=\"%d\" y=\"%.1f\">%s</text>%n",
                    LEFT - 6,
                    y + 4,
                    number(value)));
        }
        for (double fault : faults) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<line class=\"mark\" x1=\"%1$.1f\" x2=\"%1$.1f\" y1=\"%2$d\" y2=\"%3$d\"/>%n",
                    x(fault),
                    TOP,
                    HEIGHT - BOTTOM));
        }
        text(svg, LEFT, HEIGHT - 8, "soft", "0");
        svg.append(String.format(
                Locale.ROOT,
                "<text class=\"soft\" text-anchor=\"end\" x=\"%d\" y=\"%d\">%.0f min</text>%n",
                WIDTH - RIGHT,
                HEIGHT - 8,
                seconds / SECONDS_A_MINUTE));
        curves.forEach((of, samples) -> lives(samples).forEach(life -> curve(svg, color(of), life, top)));
    }

    /** A restart interrupts a curve. */
    private static List<List<Sample>> lives(List<Sample> samples) {
        List<List<Sample>> lives = new ArrayList<>();
        for (Sample sample : samples) {
            if (lives.isEmpty() || lives.get(lives.size() - 1).get(0).life() != sample.life()) {
                lives.add(new ArrayList<>());
            }
            lives.get(lives.size() - 1).add(sample);
        }
        return lives;
    }

    private void curve(StringBuilder svg, String color, List<Sample> life, double top) {
        svg.append("<polyline class=\"curve\" stroke=\"").append(color).append("\" points=\"");
        life.forEach(sample ->
                svg.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(sample.seconds()), y(sample.value(), top))));
        svg.append("\"/>\n");
    }

    private double x(double second) {
        return LEFT + (WIDTH - RIGHT - LEFT) * second / seconds;
    }

    private static double y(double value, double top) {
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / top;
    }

    /** A server's curves are alone in their charts. */
    private String color(String of) {
        return "var(--c" + Math.max(0, processes.indexOf(of)) + ")";
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value >= 100 || value == 0 ? "%,.0f" : "%.1f", value);
    }

    private static void text(StringBuilder svg, int x, int y, String style, String text) {
        svg.append(String.format(
                Locale.ROOT, "<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>%n", style, x, y, escaped(text)));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }
}
