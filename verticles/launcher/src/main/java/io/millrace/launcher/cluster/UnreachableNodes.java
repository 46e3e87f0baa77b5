package io.millrace.launcher.cluster;

import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.core.spi.cluster.RegistrationInfo;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The members that this node can't reach. Of two nodes that lost the link between them neither leaves the cluster, as long as
 * the oldest member hears both; and what the bus sends over that link is lost. So their consumers are passed over while
 * others listen at the same address. A node is suspect when the bus connects to it again; whether it can be reached, a
 * connection of its own then shows. Safe from any thread.
 */
final class UnreachableNodes {
    private static final Logger LOG = LoggerFactory.getLogger(UnreachableNodes.class);
    private static final int CONNECT_MS = 1_000;

    private final Map<String, NodeInfo> suspects = new ConcurrentHashMap<>();
    private final Set<String> unreachable = ConcurrentHashMap.newKeySet();

    /** The connection to a node was lost, or so it seems. */
    void suspect(String node, NodeInfo place) {
        suspects.put(node, place);
    }

    /** Tries to connect to each suspect; blocks for up to a second for each. Returns whether one more can't be reached. */
    boolean probe(Set<String> members) {
        suspects.keySet().retainAll(members);
        unreachable.retainAll(members);
        Set<String> before = Set.copyOf(unreachable);
        suspects.forEach((node, place) -> {
            if (!canBeReached(place)) {
                if (unreachable.add(node)) {
                    LOG.warn("node {} at {}:{} is a member but can't be reached", node, place.host(), place.port());
                }
                return;
            }
            suspects.remove(node);
            if (unreachable.remove(node)) {
                LOG.warn("node {} can be reached again", node);
            }
        });
        return !before.containsAll(unreachable);
    }

    private static boolean canBeReached(NodeInfo place) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(place.host(), place.port()), CONNECT_MS);
            return true;
        } catch (IOException away) {
            return false;
        }
    }

    /** The consumers that can be reached; all if none can. */
    List<RegistrationInfo> passOver(Collection<RegistrationInfo> consumers) {
        List<RegistrationInfo> reachable = consumers.stream()
                .filter(consumer -> !unreachable.contains(consumer.nodeId()))
                .toList();
        return reachable.isEmpty() ? List.copyOf(consumers) : reachable;
    }
}
