package io.millrace.broadcast.limit;

import io.millrace.broadcast.BroadcastSettings;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.http.AllowedOrigins;
import io.millrace.platform.node.NodeContext;
import io.vertx.core.http.HttpServerRequest;

/**
 * Who may open a connection here and now, whatever the transport. Whoever has a token is counted by who they are, since
 * many may share an address; the others by where they come from.
 */
public final class AdmissionControl {
    private final NodeContext node;
    private final BroadcastSettings settings;
    private final ConnectionStats doors;
    private final AllowedOrigins origins;

    public AdmissionControl(NodeContext node, BroadcastSettings settings, ConnectionStats doors) {
        this.node = node;
        this.settings = settings;
        this.doors = doors;
        this.origins = new AllowedOrigins(settings.origins());
    }

    /** Fails with {@link MillraceException} if nobody may, or no page of this origin: before it is known who it is. */
    public void check(HttpServerRequest request) {
        checkOrigin(request);
        if (node.health().isDraining()) {
            throw refused(
                    ConnectionStats.Refusal.DRAINING,
                    new MillraceException(Failure.UNAVAILABLE, "this node is draining"));
        }
        if (doors.connections() >= settings.connections()) {
            throw refused(
                    ConnectionStats.Refusal.FULL,
                    new MillraceException(
                            Failure.OVERLOADED, "this node has its " + settings.connections() + " connections"));
        }
    }

    public void checkOrigin(HttpServerRequest request) {
        if (!origins.allow(request)) {
            throw refused(
                    ConnectionStats.Refusal.ORIGIN,
                    new MillraceException(
                            Failure.PERMISSION_DENIED, "pages of this origin may not connect; see http.origins"));
        }
    }

    /** Counts an attempt to connect; fails if it is one too many. */
    public Principal connects(HttpServerRequest request, Principal who) {
        return count(doors.attempts(), request, who);
    }

    /** Counts a poll: every answer of one is followed by the next. */
    public Principal polls(HttpServerRequest request, Principal who) {
        return count(doors.polls(), request, who);
    }

    /** Counts a ticket. */
    public Principal takesTicket(HttpServerRequest request, Principal who) {
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
            throw refused(ConnectionStats.Refusal.RATE, tooOften);
        }
    }

    private MillraceException refused(ConnectionStats.Refusal refusal, MillraceException why) {
        doors.refused(refusal);
        return why;
    }
}
