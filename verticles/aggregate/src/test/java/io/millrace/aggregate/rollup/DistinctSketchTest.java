package io.millrace.aggregate.rollup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DistinctSketchTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 100, 511, 512})
    void fewValuesAreCountedExactly(int values) {
        List<Long> hashes = hashes(values, values);
        DistinctSketch sketch = new DistinctSketch().add(hashes).add(hashes);
        assertEquals(values, sketch.count());
        assertEquals(values, new DistinctSketch().add(sketch.toBytes()).count());
        assertEquals(1 + 8 * values, sketch.toBytes().length());
    }

    /** Of a standard error of 1.2 %, five times as much is seen once in a million tries. */
    @ParameterizedTest
    @ValueSource(ints = {513, 2_000, 50_000, 1_000_000})
    void manyValuesAreCountedWithTheErrorThatIsStated(int values) {
        for (int seed = 0; seed < 5; seed++) {
            DistinctSketch sketch = new DistinctSketch().add(hashes(values, seed));
            double error = Math.abs(sketch.count() - values) / (double) values;
            assertTrue(error < 5 * 0.012, () -> values + " values were counted as " + sketch.count());
            assertEquals(4_097, sketch.toBytes().length());
        }
    }

    @Test
    void theOrderAndTheParcelsInWhichValuesComeMakeNoDifference() {
        List<Long> hashes = hashes(3_000, 7);
        DistinctSketch whole = new DistinctSketch().add(hashes);
        List<Long> shuffled = new ArrayList<>(hashes);
        Collections.shuffle(shuffled, new Random(1));
        DistinctSketch parts = new DistinctSketch();
        for (int from = 0; from < shuffled.size(); from += 700) {
            // Some exact, some not, overlapping.
            List<Long> part = shuffled.subList(from, Math.min(shuffled.size(), from + (from % 1_400 == 0 ? 900 : 500)));
            parts.add(new DistinctSketch().add(part).toBytes());
        }
        parts.add(new DistinctSketch().add(shuffled).toBytes());
        assertEquals(whole.toBytes(), parts.toBytes());
        assertEquals(whole.count(), parts.count());
    }

    private static List<Long> hashes(int values, int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Long> hashes = new ArrayList<>();
        for (int i = 0; i < values; i++) {
            hashes.add(random.nextLong());
        }
        return hashes;
    }
}
