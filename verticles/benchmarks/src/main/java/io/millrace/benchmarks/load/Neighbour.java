package io.millrace.benchmarks.load;

/**
 * Somebody else on the machine, who takes a quarter of it until it is ended: as many threads as half of the cores, each at
 * work half of the time, 10 ms in turn. Argument: the number of cores.
 */
public final class Neighbour {
    private static final long TURN_NANOS = 10_000_000;

    private Neighbour() {}

    public static void main(String[] args) {
        int threads = Math.max(1, Integer.parseInt(args[0]) / 2);
        for (int i = 0; i < threads; i++) {
            new Thread(Neighbour::work, "neighbour-" + i).start();
        }
    }

    private static void work() {
        try {
            while (true) {
                long end = System.nanoTime() + TURN_NANOS;
                while (System.nanoTime() < end) {
                    Thread.onSpinWait();
                }
                Thread.sleep(TURN_NANOS / 1_000_000);
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }
}
