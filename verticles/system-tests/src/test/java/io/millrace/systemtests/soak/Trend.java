package io.millrace.systemtests.soak;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How fast a line grows, robustly: the median of the slopes between all pairs of values (Theil and Sen) of one life each.
 * Each life's beginning is left out, while it warms up.
 *
 * @param level the median of the values
 * @param perHour the slope
 * @param noise the standard deviation around the slope, from the median of the distances from it
 * @param hours the longest life that counted, without its beginning
 */
record Trend(double level, double perHour, double noise, double hours) {
    private static final double SECONDS_AN_HOUR = 3_600;
    /** Of a normal distribution: its standard deviation for each median distance from the middle. */
    private static final double NORMAL = 1.4826;

    private static final int MOST_POINTS = 800;

    /**
     * Without any life longer than its warming up there is no slope, 0, over 0 hours.
     *
     * @param samples of one line of one process, in order
     */
    static Trend of(List<Sample> samples, double warmUpSeconds) {
        Map<Long, List<Sample>> lives = samples.stream().collect(Collectors.groupingBy(Sample::life));
        List<List<Sample>> warm = lives.values().stream()
                .map(life -> thinned(life.stream()
                        .filter(sample -> sample.seconds() - life.get(0).seconds() >= warmUpSeconds)
                        .toList()))
                .filter(life -> life.size() > 1)
                .toList();
        double[] values = warm.stream()
                .flatMap(Collection::stream)
                .mapToDouble(Sample::value)
                .toArray();
        if (values.length == 0) {
            return new Trend(median(samples.stream().mapToDouble(Sample::value).toArray()), 0, 0, 0);
        }
        double slope = median(warm.stream()
                .flatMapToDouble(life -> slopes(life).stream().mapToDouble(x -> x))
                .toArray());
        double[] distances = warm.stream()
                .flatMapToDouble(life -> {
                    double middle = median(
                            life.stream().mapToDouble(at -> rest(at, slope)).toArray());
                    return life.stream().mapToDouble(at -> Math.abs(rest(at, slope) - middle));
                })
                .toArray();
        double longest = warm.stream()
                .mapToDouble(life ->
                        life.get(life.size() - 1).seconds() - life.get(0).seconds())
                .max()
                .orElse(0);
        return new Trend(
                median(values), slope * SECONDS_AN_HOUR, NORMAL * median(distances), longest / SECONDS_AN_HOUR);
    }

    /** How much it grew while it was looked at. */
    double growth() {
        return perHour * hours;
    }

    /** Whether it grew by more than its noise and what is tolerated in any case. */
    boolean grows(double tolerance) {
        return growth() > Math.max(tolerance, 3 * noise);
    }

    private static double rest(Sample at, double slope) {
        return at.value() - slope * at.seconds();
    }

    private static List<Double> slopes(List<Sample> life) {
        List<Double> slopes = new ArrayList<>();
        for (int i = 0; i < life.size(); i++) {
            for (int j = i + 1; j < life.size(); j++) {
                slopes.add((life.get(j).value() - life.get(i).value())
                        / (life.get(j).seconds() - life.get(i).seconds()));
            }
        }
        return slopes;
    }

    private static List<Sample> thinned(List<Sample> life) {
        int step = Math.max(1, life.size() / MOST_POINTS);
        List<Sample> some = new ArrayList<>();
        for (int i = 0; i < life.size(); i += step) {
            some.add(life.get(i));
        }
        return some;
    }

    private static double median(double[] values) {
        double[] sorted = java.util.Arrays.stream(values).sorted().toArray();
        int middle = sorted.length / 2;
        if (sorted.length == 0) {
            return 0;
        }
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
