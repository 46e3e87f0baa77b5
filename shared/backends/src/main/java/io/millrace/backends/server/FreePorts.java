package io.millrace.backends.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** TCP ports on 127.0.0.1. */
final class FreePorts {
    /**
     * Free ports are taken from below the range that the kernel gives to outgoing connections (32768 and up on Linux,
     * 49152 on macOS): while a killed server is down, no client's connection can occupy its port, and no client that
     * keeps trying can connect to itself.
     */
    private static final int LOWEST = 15_000;

    private static final int HIGHEST = 20_000;
    private static final int ATTEMPTS = 200;

    /** One that was chosen may not be bound yet when the next server chooses. */
    private static final Set<Integer> CHOSEN = ConcurrentHashMap.newKeySet();

    private FreePorts() {}

    /**
     * @param wanted a port, or 0 for any free one
     * @throws IOException if the port is in use
     */
    static int choose(String server, int wanted) throws IOException {
        if (wanted != 0) {
            if (!isFree(wanted)) {
                throw new IOException("port " + wanted + " on 127.0.0.1, meant for " + server
                        + ", is in use: choose another or stop what listens there");
            }
            return wanted;
        }
        for (int i = 0; i < ATTEMPTS; i++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
            if (isFree(port) && CHOSEN.add(port)) {
                return port;
            }
        }
        throw new IOException("no free port found for " + server + " on 127.0.0.1");
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
