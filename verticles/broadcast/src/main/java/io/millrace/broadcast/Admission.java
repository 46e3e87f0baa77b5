package io.millrace.broadcast;

import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.millrace.platform.Node;
import io.millrace.platform.Origins;
import io.millrace.platform.Principal;
import io.vertx.core.http.HttpServerRequest;

/**
 * Who may open a connection here and now, whatever the transport. Whoever has a token is counted by who they are, since
 * many may share an address; the others by where they come from.
 */
final class Admission {
    private final Node node;
    private final BroadcastSettings settings;
    private final Doors doors;
    private final Origins origins;

    Admission(Node node, BroadcastSettings settings, Doors doors) {
        this.node = node;
        this.settings = settings;
        this.doors = doors;
        this.origins = new Origins(settings.origins());
    }

    /** Fails with {@link MillraceException} if nobody may, or no page of this origin: before it is known who it is. */
    void check(HttpServerRequest request) {
        checkOrigin(request);
        if (node.health().isDraining()) {
            throw refused(Doors.Refusal.DRAINING, new MillraceException(Failure.UNAVAILABLE, "this node is draining"));
        }
        if (doors.connections() >= settings.connections()) {
            throw refused(
                    Doors.Refusal.FULL,
                    new MillraceException(
                            Failure.OVERLOADED, "this node has its " + settings.connections() + " connections"));
        }
    }

    void checkOrigin(HttpServerRequest request) {
        if (!origins.allow(request)) {
            throw refused(
                    Doors.Refusal.ORIGIN,
                    new MillraceException(
                            Failure.PERMISSION_DENIED, "pages of this origin may not connect; see http.origins"));
        }
    }

    /** Counts an attempt to connect; fails if it is one too many. */
    Principal connects(HttpServerRequest request, Principal who) {
        return count(doors.attempts(), request, who);
    }

    /** Counts a poll: every answer of one is followed by the next. */
    Principal polls(HttpServerRequest request, Principal who) {
        return count(doors.polls(), request, who);
    }

    /** Counts a ticket. */
    Principal takesTicket(HttpServerRequest request, Principal who) {
        return count(doors.tickets(), request, who);
    }

    private Principal count(PerMinute limit, HttpServerRequest request, Principal who) {
        try {
            limit.count(
                    who.authenticated()
                            ? "user " + who.user()
                            : "address " + settings.proxies().client(request));
            return who;
        } catch (MillraceException tooOften) {
            throw refused(Doors.Refusal.RATE, tooOften);
        }
    }

    private MillraceException refused(Doors.Refusal refusal, MillraceException why) {
        doors.refused(refusal);
        return why;
    }
}
