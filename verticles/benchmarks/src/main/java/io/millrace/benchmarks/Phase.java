package io.millrace.benchmarks;

import java.util.ArrayList;
import java.util.List;

/**
 * One measurement of the load.
 *
 * @param type of the events
 * @param batch events of one request; 1 is posted singly
 * @param rate events a second whatever comes back (an open loop); 0 for as fast as they come back (a closed loop)
 * @param outstanding in a closed loop, how many events may be under way
 */
record Phase(String type, int batch, int rate, int outstanding) {
    static final String URGENT = "bench:update";
    static final String ORDINARY = "bench:ordinary";

    private static final int[] RATES = {200, 1000};
    private static final int SINGLY = 1;
    private static final int BATCH = 50;

    /** Both ways through the pipeline, singly and in batches, at each rate and flat out. */
    static List<Phase> all() {
        List<Phase> phases = new ArrayList<>();
        for (String type : List.of(URGENT, ORDINARY)) {
            for (int batch : new int[] {SINGLY, BATCH}) {
                for (int rate : RATES) {
                    phases.add(new Phase(type, batch, rate, 0));
                }
                phases.add(flatOut(type, batch));
            }
        }
        return phases;
    }

    /** What the just-in-time compilers see first: each way flat out. */
    static List<Phase> warmUp() {
        return List.of(
                flatOut(URGENT, SINGLY), flatOut(ORDINARY, SINGLY), flatOut(URGENT, BATCH), flatOut(ORDINARY, BATCH));
    }

    private static Phase flatOut(String type, int batch) {
        return new Phase(type, batch, 0, batch == SINGLY ? 200 : 2000);
    }

    boolean open() {
        return rate > 0;
    }
}
