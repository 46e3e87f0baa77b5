package io.millrace.platform.http;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.settings.Settings;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Refuses the requests of some client addresses: those in {@code http.deny}, and all that are not in {@code http.allow}
 * unless that is empty.
 *
 * @param proxies tells the address of a client
 */
public record AddressFilter(Networks allow, Networks deny, TrustedProxies proxies) {
    public static AddressFilter from(Settings settings) {
        return new AddressFilter(
                Networks.from(settings, "http.allow"),
                Networks.from(settings, "http.deny"),
                HttpSettings.proxies(settings));
    }

    /** Fails as {@link Failure#PERMISSION_DENIED}. */
    public void check(HttpServerRequest request) {
        if (allow.isEmpty() && deny.isEmpty()) {
            return;
        }
        check(proxies.address(request));
    }

    /** The same for a connection without forwarding headers. */
    public void check(SocketAddress peer) {
        if (!allow.isEmpty() || !deny.isEmpty()) {
            check(Networks.address(peer.hostAddress()));
        }
    }

    private void check(byte @Nullable [] client) {
        boolean denied = client == null ? !allow.isEmpty() : deny.contains(client) || isUnlisted(client);
        if (denied) {
            throw new MillraceException(Failure.PERMISSION_DENIED, "requests of this address are not accepted");
        }
    }

    private boolean isUnlisted(byte[] client) {
        return !allow.isEmpty() && !allow.contains(client);
    }
}
