package io.millrace.systemtests.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Lines of an hour, each ten seconds, with a noise of 2. */
final class TrendTest {
    private static final int POINTS = 360;
    private static final double WARM_UP = 600;

    private final Random random = new Random(7);

    @Test
    void aLeakOfTenAnHourIsFoundInItsNoise() {
        Trend trend = Trend.of(line(1, i -> 100 + 10.0 * i / POINTS), WARM_UP);

        assertEquals(10, trend.perHour(), 2);
        assertEquals(2, trend.noise(), 0.5);
        assertTrue(trend.grows(6), trend::toString);
    }

    @Test
    void noiseAloneIsFlat() {
        assertFalse(Trend.of(line(1, i -> 100), WARM_UP).grows(1));
    }

    @Test
    void whatGrowsWhileAProcessWarmsUpDoesNotCount() {
        Trend trend = Trend.of(line(1, i -> Math.min(100, 2 * i)), WARM_UP);

        assertFalse(trend.grows(4), trend::toString);
    }

    @Test
    void aFewValuesFarOffChangeNothing() {
        Trend trend = Trend.of(line(1, i -> i % 20 == 0 ? 900 : 100), WARM_UP);

        assertFalse(trend.grows(1), trend::toString);
    }

    /** It begins each time at the level at which it had ended before, or lower: no pair of values over a restart counts. */
    @Test
    void aRestartHidesNoLeakAndIsNone() {
        List<Sample> leak = Stream.concat(
                        line(1, i -> 100 + 10.0 * i / POINTS).stream(), line(2, i -> 50 + 10.0 * i / POINTS).stream())
                .toList();
        List<Sample> none = Stream.concat(line(1, i -> 100).stream(), line(2, i -> 150).stream())
                .toList();

        assertTrue(Trend.of(leak, WARM_UP).grows(6));
        assertFalse(Trend.of(none, WARM_UP).grows(1));
    }

    @Test
    void aLifeThatEndsBeforeItIsWarmSaysNothing() {
        Trend trend = Trend.of(line(1, i -> i).subList(0, 30), WARM_UP);

        assertEquals(0, trend.hours());
        assertFalse(trend.grows(0));
    }

    private List<Sample> line(long life, IntToDoubleFunction value) {
        return IntStream.range(0, POINTS)
                .mapToObj(i -> new Sample(
                        life * 4_000 + i * 10,
                        Line.HEAP,
                        "node",
                        life,
                        value.applyAsDouble(i) + 2 * random.nextGaussian()))
                .toList();
    }
}
