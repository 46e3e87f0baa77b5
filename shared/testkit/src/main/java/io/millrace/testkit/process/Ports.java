package io.millrace.testkit.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for what a test starts. From below the range out of which the system takes the ports of outgoing connections, so
 * that a process that is killed finds its port free when it is started again. Each JVM has a block of its own, one port
 * after the other: between being found free and being bound no other test takes it. Safe from any thread.
 */
public final class Ports {
    private static final int FROM = 20_000;
    private static final int BLOCK = 1_000;
    private static final int BLOCKS = 12;

    private static final Object GUARD = new Object();
    private static int first;
    private static int next;

    /** One that nobody listens on. */
    public int free() {
        synchronized (GUARD) {
            if (first == 0) {
                first = FROM + block() * BLOCK;
            }
            for (int i = 0; i < BLOCK; i++) {
                int port = first + next;
                next = (next + 1) % BLOCK;
                if (isFree(port)) {
                    return port;
                }
            }
            throw new IllegalStateException("no free port from " + first + " to " + (first + BLOCK - 1));
        }
    }

    /** The lock ends with the JVM, however that ends. */
    @SuppressWarnings("MustBeClosedChecker")
    private static int block() {
        int start = ThreadLocalRandom.current().nextInt(BLOCKS);
        for (int i = 0; i < BLOCKS; i++) {
            int block = (start + i) % BLOCKS;
            Path file = Path.of(System.getProperty("java.io.tmpdir"), "millrace-test-ports-" + block);
            try {
                FileLock lock = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)
                        .tryLock();
                if (lock != null) {
                    return block;
                }
            } catch (IOException anotherUsers) {
                // The next one, then.
            }
        }
        throw new IllegalStateException("the tests of " + BLOCKS + " other JVMs have all the ports");
    }

    private static boolean isFree(int port) {
        try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return taken.isBound();
        } catch (IOException inUse) {
            return false;
        }
    }
}
