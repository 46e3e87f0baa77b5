package io.millrace.sinks.webhook;

import io.millrace.platform.http.Networks;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Resolves the hosts of endpoints to addresses that may be connected to: a webhook must not reach what only this machine
 * or its network can reach (OWASP, "Server-Side Request Forgery"). The address that was checked is the one that is
 * connected to, so that a second resolution can't differ. Belongs to one event loop.
 */
final class AddressGuard {
    /** What isn't for the public: IANA's special-purpose registries (RFC 6890), and what embeds an IPv4 address. */
    private static final Networks SPECIAL = new Networks(List.of(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::/96",
            "::ffff:0:0:0/96",
            "64:ff9b::/96",
            "64:ff9b:1::/48",
            "100::/64",
            "2001::/23",
            "2001:db8::/32",
            "2002::/16",
            "fc00::/7",
            "fe80::/10",
            "fec0::/10",
            "ff00::/8"));

    /** How hosts are looked up. */
    interface Resolver {
        InetAddress[] resolve(String host) throws UnknownHostException;
    }

    private final Vertx vertx;
    private final Networks allowed;
    private final Resolver resolver;
    /** One look-up at a time, whoever waits for it: a resolver that hangs must not take every worker thread. */
    private @Nullable Future<InetAddress[]> looking;

    /** @param allowed networks to which requests are allowed, whatever they are */
    AddressGuard(Vertx vertx, Networks allowed, Resolver resolver) {
        this.vertx = vertx;
        this.allowed = allowed;
        this.resolver = resolver;
    }

    /** An address of a URL's host that may be connected to; fails with an {@link IOException} that says why there is none. */
    Future<InetAddress> resolve(URI url) {
        String host = url.getHost().startsWith("[")
                ? url.getHost().substring(1, url.getHost().length() - 1)
                : url.getHost();
        Future<InetAddress[]> found = looking;
        if (found == null) {
            found = vertx.executeBlocking(() -> resolver.resolve(host), false);
            looking = found;
            found.onComplete(done -> looking = null);
        }
        return found.map(addresses -> choose(url, addresses))
                .recover(error -> Future.failedFuture(
                        error instanceof UnknownHostException
                                ? new IOException("the host " + host + " is unknown")
                                : error instanceof UncheckedIOException refused ? refused.getCause() : error));
    }

    private InetAddress choose(URI url, InetAddress[] addresses) {
        boolean plain = url.getScheme().equals("http");
        for (InetAddress found : addresses) {
            InetAddress address = plainForm(found);
            byte[] bytes = address.getAddress();
            if (allowed.contains(bytes) || (!plain && !SPECIAL.contains(bytes))) {
                return address;
            }
        }
        throw new UncheckedIOException(new IOException(
                plain
                        ? "http without TLS is for networks in sinks.webhook.networks only"
                        : url.getHost()
                                + " is no public address; sinks.webhook.networks allows requests to private networks"));
    }

    /** An IPv4 address that a resolver gives in the form of IPv6 (RFC 4291 §2.5.5.2) is the IPv4 address. */
    private static InetAddress plainForm(InetAddress address) {
        try {
            return InetAddress.getByAddress(address.getAddress());
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException("an address has 4 or 16 bytes", impossible);
        }
    }
}
