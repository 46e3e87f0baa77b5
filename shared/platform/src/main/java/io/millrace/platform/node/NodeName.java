package io.millrace.platform.node;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;

/** Names of nodes as operators read them: host, process, and a number that no other node has. */
public final class NodeName {
    private static final SecureRandom RANDOM = new SecureRandom();

    private NodeName() {}

    /** Another one with each call: containers may share a host name, and each has a process 1. */
    public static String next() {
        return host() + "/" + ProcessHandle.current().pid() + "-" + Integer.toHexString(RANDOM.nextInt());
    }

    private static String host() {
        String pod = System.getenv("HOSTNAME");
        if (pod != null && !pod.isBlank()) {
            return pod;
        }
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException nameless) {
            return "localhost";
        }
    }
}
