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
    private final ConnectionLimits stats;
    private final AllowedOrigins origins;

    public AdmissionControl(NodeContext node, BroadcastSettings settings, ConnectionLimits stats) {
        this.node = node;
        this.settings = settings;
        this.stats = stats;
        this.origins = new AllowedOrigins(settings.origins());
    }

    /** Checks what needs no identity: origin, drain and capacity. Fails with {@link MillraceException}. */
    public void check(HttpServerRequest request) {
        checkOrigin(request);
        checkRoom();
    }

    /** Checks drain and capacity alone. Fails with {@link MillraceException}. */
    public void checkRoom() {
        if (node.health().isDraining()) {
            throw refused(
                    ConnectionLimits.Refusal.DRAINING,
                    new MillraceException(Failure.UNAVAILABLE, "this node is draining"));
        }
        if (stats.connections() >= settings.connections()) {
            throw refused(
                    ConnectionLimits.Refusal.FULL,
                    new MillraceException(
                            Failure.OVERLOADED, "this node has its " + settings.connections() + " connections"));
        }
    }

    public void checkOrigin(HttpServerRequest request) {
        if (!origins.allow(request)) {
            throw refused(
                    ConnectionLimits.Refusal.ORIGIN,
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
        return countConnection(stats.attempts(), address(request), principal);
    }

    /** The same for a client that has no identity yet, by the key of its address. */
    public void countAttempt(String address) {
        countConnection(stats.attempts(), address, Principal.PUBLIC);
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
                .map(principal -> countConnection(stats.attempts(), address(request), principal));
    }

    /** Counts a poll; polls have a limit of their own, since each answer is followed by the next poll. */
    public Future<Principal> countPoll(
            HttpServerRequest request, @Nullable String token, Supplier<Future<Principal>> verify) {
        return countRefused(stats.polls(), request, token, verify)
                .map(principal -> countConnection(stats.polls(), address(request), principal));
    }

    /** Counts a ticket. */
    public Future<Principal> countTicket(HttpServerRequest request, String token) {
        return countRefused(stats.tickets(), request, token, () -> node.tokens().verify(token))
                .map(principal -> count(stats.tickets(), address(request), principal));
    }

    /**
     * Verifies the token of a client that is connected already. A refused one counts for its address; after very many of
     * them only tokens that this node has verified before are accepted, as when one connects.
     *
     * @param address as {@link #address} tells it
     * @param token null if the client has none, or has an identity already
     */
    public Future<Principal> verify(String address, @Nullable String token, Supplier<Future<Principal>> verify) {
        if (token != null && !node.tokens().knows(token)) {
            try {
                stats.refusedTokens().check(address);
            } catch (MillraceException tooMany) {
                return Future.failedFuture(refused(ConnectionLimits.Refusal.RATE, tooMany));
            }
        }
        return verify.get().onFailure(refused -> {
            // A token that can't be verified now isn't the client's fault.
            if (!MillraceException.of(refused).failure().retryable()) {
                stats.refusedTokens().add(address);
            }
        });
    }

    private Future<Principal> countRefused(
            RequestRateLimiter limit,
            HttpServerRequest request,
            @Nullable String token,
            Supplier<Future<Principal>> verify) {
        String address = address(request);
        return verify(address, token, verify).recover(refused -> {
            if (!MillraceException.of(refused).failure().retryable()) {
                count(limit, address, Principal.PUBLIC);
            }
            return Future.failedFuture(refused);
        });
    }

    private Principal countConnection(RequestRateLimiter limit, String address, Principal principal) {
        Principal counted = count(limit, address, principal);
        stats.checkOpen(address, principal);
        return counted;
    }

    private Principal count(RequestRateLimiter limit, String address, Principal principal) {
        try {
            limit.count(principal.authenticated() ? "user " + principal.user() : "address " + address);
            return principal;
        } catch (MillraceException tooOften) {
            throw refused(ConnectionLimits.Refusal.RATE, tooOften);
        }
    }

    private MillraceException refused(ConnectionLimits.Refusal refusal, MillraceException why) {
        stats.refused(refusal);
        return why;
    }
}
