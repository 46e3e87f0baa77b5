package io.millrace.benchmarks.report;

import java.util.ArrayList;
import java.util.List;

/**
 * One measurement of the load.
 *
 * @param type of the events
 * @param batch events of one request; 1 is posted singly
 * @param rate events a second whatever comes back (an open loop); 0 for as fast as they come back (a closed loop)
 * @param outstanding in a closed loop, how many events may be under way
 * @param queued in an open loop, how many ordinary events are kept waiting in the queue meanwhile
 */
public record Phase(String type, int batch, int rate, int outstanding, int queued) {
    public static final String URGENT = "bench:update";
    public static final String ORDINARY = "bench:ordinary";

    public static final int BATCH = 50;
    /** Events that wait in a full queue. */
    static final int FULL = 50_000;

    /** Of the urgent past an empty and past a full queue: one flush of the disk more or less decides a p99. */
    private static final int ROUNDS = 5;

    private static final int SINGLY = 1;
    private static final int[] RATES = {200, 1000};

    /** Both ways through the pipeline, singly and in batches, at each rate and flat out; and the urgent past a full queue. */
    public static List<Phase> all() {
        List<Phase> phases = new ArrayList<>();
        for (String type : List.of(URGENT, ORDINARY)) {
            for (int batch : new int[] {SINGLY, BATCH}) {
                for (int rate : RATES) {
                    phases.add(new Phase(type, batch, rate, 0, 0));
                }
                phases.add(flatOut(type, batch));
            }
        }
        for (int round = 0; round < ROUNDS; round++) {
            phases.add(new Phase(URGENT, SINGLY, RATES[0], 0, 0));
            phases.add(new Phase(URGENT, SINGLY, RATES[0], 0, FULL));
        }
        return phases;
    }

    /** What the just-in-time compilers see first: each way flat out. */
    public static List<Phase> warmUp() {
        return List.of(
                flatOut(URGENT, SINGLY), flatOut(ORDINARY, SINGLY), flatOut(URGENT, BATCH), flatOut(ORDINARY, BATCH));
    }

    private static Phase flatOut(String type, int batch) {
        return new Phase(type, batch, 0, batch == SINGLY ? 200 : 2000, 0);
    }

    public boolean open() {
        return rate > 0;
    }
}
