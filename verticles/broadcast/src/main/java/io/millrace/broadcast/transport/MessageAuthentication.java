package io.millrace.broadcast.transport;

import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.outbound.CloseCode;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.auth.Principal;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives one connection its identity by a token that comes in a message, and renews its rights by a later one. A refused
 * token ends the connection, and counts for its address as one in a header does. Owned by its hub's event loop.
 */
public final class MessageAuthentication {
    private final TransportContext transports;
    private final Connection connection;
    private final String address;

    /** @param address the client's, as {@code AdmissionControl} tells it */
    public MessageAuthentication(TransportContext transports, Connection connection, String address) {
        this.transports = transports;
        this.connection = connection;
        this.address = address;
    }

    /**
     * Verifies a token and gives the connection its rights, or closes it. A token that can't be verified now closes a
     * connection that has no identity yet, and changes nothing on another one.
     *
     * @param token null if the client sent something else in its place
     * @param requestId of the message with the token, as {@link Connection#close} takes it
     * @param welcome gives the connection the identity
     * @return completes on the event loop, also if the connection was closed; fails if nothing was changed
     */
    public Future<Void> authenticate(
            @Nullable String token,
            Supplier<Future<Principal>> verify,
            @Nullable Object requestId,
            Consumer<Principal> welcome) {
        // A refusal ends a connection that has an identity, so nobody tries tokens on it, and neighbours can't end it.
        String unknown = connection.principal().authenticated() ? null : token;
        Promise<Void> handled = Promise.promise();
        transports
                .admission()
                .verify(address, unknown, verify)
                .onComplete(done -> connection.hub().context().runOnContext(back -> Future.succeededFuture()
                        .compose(turn -> verified(done, requestId, welcome))
                        .onComplete(handled)));
        return handled.future();
    }

    private Future<Void> verified(
            AsyncResult<Principal> verified, @Nullable Object requestId, Consumer<Principal> welcome) {
        if (connection.closing()) {
            return Future.succeededFuture();
        }
        if (verified.failed()) {
            return unverified(MillraceException.of(verified.cause()), requestId);
        }
        Principal now = verified.result();
        Principal before = connection.principal();
        boolean otherUser = before.authenticated() && !before.user().equals(now.user());
        if (otherUser || (!connection.subscriptions().isEmpty() && !before.authenticated())) {
            connection.close(
                    CloseCode.UNAUTHENTICATED,
                    new MillraceException(Failure.UNAUTHENTICATED, "another identity needs a new connection"),
                    requestId);
        } else {
            transports.subscriptions().renew(connection, now, () -> welcome.accept(now));
        }
        return Future.succeededFuture();
    }

    private Future<Void> unverified(MillraceException failed, @Nullable Object requestId) {
        if (failed.failure().retryable() && connection.welcomed()) {
            return Future.failedFuture(failed);
        }
        CloseCode code =
                switch (failed.failure()) {
                    case RATE_LIMITED -> CloseCode.RATE_LIMITED;
                    case UNAVAILABLE, OVERLOADED -> CloseCode.OVERLOADED;
                    default -> CloseCode.UNAUTHENTICATED;
                };
        connection.close(code, failed, requestId);
        return Future.succeededFuture();
    }
}
