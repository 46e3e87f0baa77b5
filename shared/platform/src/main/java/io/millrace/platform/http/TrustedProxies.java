package io.millrace.platform.http;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The client address of a request: the peer of its connection, or the address in the forwarding headers of the proxies
 * in {@code http.proxies} ({@code Forwarded}, RFC 7239, or {@code X-Forwarded-For}). Headers of other peers are
 * ignored.
 */
public final class TrustedProxies {
    private static final Pattern FORWARDED_FOR = Pattern.compile("(?i)(?:^|[;,\\s])for=\"?\\[?([^;,\"\\]]+)");

    private final Networks trusted;

    /**
     * @param trusted addresses or networks like {@code 10.0.0.0/8}
     * @throws IllegalArgumentException that names the invalid entry
     */
    public TrustedProxies(List<String> trusted) {
        this.trusted = new Networks(trusted);
    }

    /**
     * The key by which a client without a token is counted: its address, or its /64 network for IPv6, since a provider
     * assigns whole networks.
     */
    public String client(HttpServerRequest request) {
        byte[] client = address(request);
        return client == null ? String.valueOf(request.remoteAddress().hostAddress()) : text(client);
    }

    /** The same key of a client without forwarding headers. */
    public static String client(SocketAddress peer) {
        byte[] client = Networks.address(peer.hostAddress());
        return client == null ? String.valueOf(peer.hostAddress()) : text(client);
    }

    /** The bytes of the client's address; null if the peer's address isn't numeric. */
    byte @Nullable [] address(HttpServerRequest request) {
        byte[] client = Networks.address(request.remoteAddress().hostAddress());
        if (client == null) {
            return null;
        }
        for (String hop : hops(request)) {
            byte[] address = trusted.contains(client) ? Networks.address(hop) : null;
            if (address == null) {
                break;
            }
            client = address;
        }
        return client;
    }

    /** The forwarded addresses, that of the last proxy first. */
    private List<String> hops(HttpServerRequest request) {
        List<String> hops = new ArrayList<>();
        if (!trusted.isEmpty()) {
            for (String header : request.headers().getAll("Forwarded")) {
                Matcher each = FORWARDED_FOR.matcher(header);
                while (each.find()) {
                    hops.add(withoutPort(each.group(1)));
                }
            }
            if (hops.isEmpty()) {
                for (String header : request.headers().getAll("X-Forwarded-For")) {
                    Arrays.stream(header.split(",")).forEach(hop -> hops.add(withoutPort(hop)));
                }
            }
            Collections.reverse(hops);
        }
        return hops;
    }

    private static String withoutPort(String hop) {
        String text = hop.strip().replaceAll("[\\[\\]]", "");
        return text.matches("[0-9.]+:\\d+") ? text.substring(0, text.indexOf(':')) : text;
    }

    private static String text(byte[] address) {
        try {
            InetAddress known = InetAddress.getByAddress(address);
            return known instanceof Inet6Address
                    ? InetAddress.getByAddress(Arrays.copyOf(Arrays.copyOf(address, 8), 16))
                                    .getHostAddress() + "/64"
                    : known.getHostAddress();
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
