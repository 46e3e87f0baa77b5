package io.millrace.broadcast.limit;

import io.millrace.broadcast.BroadcastSettings;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.http.AllowedOrigins;
import io.millrace.platform.node.NodeContext;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a connection may be opened on this node, whatever the transport. Clients with a token are counted by
 * user, since many may share an address; the others by address.
 */
public final class AdmissionControl {
    private final NodeContext node;
    private final BroadcastSettings settings;
    private final ConnectionStats stats;
    private final AllowedOrigins origins;

    public AdmissionControl(NodeContext node, BroadcastSettings settings, ConnectionStats stats) {
        this.node = node;
        this.settings = settings;
        this.stats = stats;
        this.origins = new AllowedOrigins(settings.origins());
    }

    /** Checks what needs no identity: origin, drain and capacity. Fails with {@link MillraceException}. */
    public void check(HttpServerRequest request) {
        checkOrigin(request);
        if (node.health().isDraining()) {
            throw refused(
                    ConnectionStats.Refusal.DRAINING,
                    new MillraceException(Failure.UNAVAILABLE, "this node is draining"));
        }
        if (stats.connections() >= settings.connections()) {
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

    /** The key by which a client is counted without its identity. */
    public String address(HttpServerRequest request) {
        return settings.proxies().client(request);
    }

    /** Counts an attempt to connect; fails if there were too many, or if the client has too many connections. */
    public Principal countAttempt(HttpServerRequest request, Principal principal) {
        return countConnection(stats.attempts(), request, principal);
    }

    /**
     * As the other one, once the client's token is verified. An attempt with a refused token is counted by address, as one
     * without a token is; other tokens from this address are accepted all the same, unless very many were refused: then
     * only tokens that this node has verified before are accepted, and no other is verified.
     *
     * @param token null if the client has none
     */
    public Future<Principal> countAttempt(
            HttpServerRequest request, @Nullable String token, Supplier<Future<Principal>> verify) {
        return countRefused(stats.attempts(), request, token, verify)
                .map(principal -> countConnection(stats.attempts(), request, principal));
    }

    /** Counts a poll; polls have a limit of their own, since each answer is followed by the next poll. */
    public Future<Principal> countPoll(
            HttpServerRequest request, @Nullable String token, Supplier<Future<Principal>> verify) {
        return countRefused(stats.polls(), request, token, verify)
                .map(principal -> countConnection(stats.polls(), request, principal));
    }

    /** Counts a ticket. */
    public Future<Principal> countTicket(HttpServerRequest request, String token) {
        return countRefused(stats.tickets(), request, token, () -> node.tokens().verify(token))
                .map(principal -> count(stats.tickets(), request, principal));
    }

    private Future<Principal> countRefused(
            RequestRateLimiter limit,
            HttpServerRequest request,
            @Nullable String token,
            Supplier<Future<Principal>> verify) {
        if (token != null && !node.tokens().knows(token)) {
            try {
                stats.refusedTokens().check(address(request));
            } catch (MillraceException tooMany) {
                return Future.failedFuture(refused(ConnectionStats.Refusal.RATE, tooMany));
            }
        }
        return verify.get().recover(refused -> {
            // A token that can't be verified now isn't the client's fault.
            if (!MillraceException.of(refused).failure().retryable()) {
                stats.refusedTokens().add(address(request));
                count(limit, request, Principal.PUBLIC);
            }
            return Future.failedFuture(refused);
        });
    }

    private Principal countConnection(RequestRateLimiter limit, HttpServerRequest request, Principal principal) {
        Principal counted = count(limit, request, principal);
        stats.checkOpen(address(request), principal);
        return counted;
    }

    private Principal count(RequestRateLimiter limit, HttpServerRequest request, Principal principal) {
        try {
            limit.count(principal.authenticated() ? "user " + principal.user() : "address " + address(request));
            return principal;
        } catch (MillraceException tooOften) {
            throw refused(ConnectionStats.Refusal.RATE, tooOften);
        }
    }

    private MillraceException refused(ConnectionStats.Refusal refusal, MillraceException why) {
        stats.refused(refusal);
        return why;
    }
}
