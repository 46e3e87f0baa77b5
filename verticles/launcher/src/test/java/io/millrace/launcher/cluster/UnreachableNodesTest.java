package io.millrace.launcher.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.core.spi.cluster.RegistrationInfo;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UnreachableNodesTest {
    private static final RegistrationInfo HERE = new RegistrationInfo("here", 1, false);
    private static final RegistrationInfo THERE = new RegistrationInfo("there", 2, false);
    private static final Set<String> MEMBERS = Set.of("here", "there");

    private final UnreachableNodes nodes = new UnreachableNodes();

    @Test
    void aMemberWithoutAnAnswerIsPassedOverUntilItAnswers() throws IOException {
        int port;
        try (ServerSocket taken = socket(0)) {
            port = taken.getLocalPort();
        }
        nodes.suspect("there", new NodeInfo("127.0.0.1", port, null));
        assertEquals(List.of(HERE, THERE), nodes.passOver(List.of(HERE, THERE)));

        nodes.probe(MEMBERS);
        assertEquals(List.of(HERE), nodes.passOver(List.of(HERE, THERE)));
        assertEquals(List.of(THERE), nodes.passOver(List.of(THERE)), "nobody else listens");

        try (ServerSocket back = socket(port)) {
            assertEquals(port, back.getLocalPort());
            nodes.probe(MEMBERS);
        }
        assertEquals(List.of(HERE, THERE), nodes.passOver(List.of(HERE, THERE)));
    }

    @Test
    void aMemberWhoseConnectionWasLostButThatAnswersIsUsed() throws IOException {
        try (ServerSocket listens = socket(0)) {
            nodes.suspect("there", new NodeInfo("127.0.0.1", listens.getLocalPort(), null));
            nodes.probe(MEMBERS);
        }

        nodes.probe(MEMBERS);
        assertEquals(List.of(HERE, THERE), nodes.passOver(List.of(HERE, THERE)));
    }

    @Test
    void whoIsNoMemberAnyMoreIsForgotten() throws IOException {
        int port;
        try (ServerSocket taken = socket(0)) {
            port = taken.getLocalPort();
        }
        nodes.suspect("there", new NodeInfo("127.0.0.1", port, null));
        nodes.probe(MEMBERS);
        nodes.probe(Set.of("here"));

        assertEquals(List.of(HERE, THERE), nodes.passOver(List.of(HERE, THERE)));
    }

    private static ServerSocket socket(int port) throws IOException {
        return new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"));
    }
}
