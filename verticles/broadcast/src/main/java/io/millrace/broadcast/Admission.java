package io.millrace.broadcast;

import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.millrace.platform.Node;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.util.List;

/** Who may open a connection here and now, whatever the transport. */
final class Admission {
    private final Node node;
    private final BroadcastSettings settings;
    private final Doors doors;

    Admission(Node node, BroadcastSettings settings, Doors doors) {
        this.node = node;
        this.settings = settings;
        this.doors = doors;
    }

    /** Fails with {@link MillraceException} if it may not. Counts the attempt. */
    void check(HttpServerRequest request) {
        checkOrigin(request);
        check(request.remoteAddress().hostAddress());
    }

    void checkOrigin(HttpServerRequest request) {
        if (!allowedOrigin(request)) {
            throw new MillraceException(
                    Failure.PERMISSION_DENIED, "pages of this origin may not connect; see http.origins");
        }
    }

    /** Every answer of a long poll is followed by the next: they count as messages. */
    void checkPoll(HttpServerRequest request) {
        checkOrigin(request);
        checkRoom();
        String address = request.remoteAddress().hostAddress();
        if (doors.poll(address) > settings.messages()) {
            throw new MillraceException(
                    Failure.RATE_LIMITED, "more than " + settings.messages() + " polls in a minute");
        }
    }

    /** Where a connection comes from. Counts the attempt. */
    void check(String address) {
        checkRoom();
        if (doors.attempt(address) > settings.attempts()) {
            throw new MillraceException(
                    Failure.RATE_LIMITED, "more than " + settings.attempts() + " attempts to connect in a minute");
        }
    }

    private void checkRoom() {
        if (node.health().isDraining()) {
            throw new MillraceException(Failure.UNAVAILABLE, "this node is draining");
        }
        if (doors.connections() >= settings.connections()) {
            throw new MillraceException(
                    Failure.OVERLOADED, "this node has its " + settings.connections() + " connections");
        }
    }

    private boolean allowedOrigin(HttpServerRequest request) {
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        List<String> allowed = settings.origins();
        if (origin == null || allowed.contains("*") || allowed.contains(origin)) {
            return true;
        }
        try {
            return String.valueOf(URI.create(origin).getRawAuthority())
                    .equalsIgnoreCase(request.getHeader(HttpHeaders.HOST));
        } catch (IllegalArgumentException notAUri) {
            return false;
        }
    }
}
