package io.millrace.platform.http;

import io.vertx.core.http.HttpServerRequest;
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
    private static final Pattern NUMERIC = Pattern.compile("[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");
    private static final Pattern FORWARDED_FOR = Pattern.compile("(?i)(?:^|[;,\\s])for=\"?\\[?([^;,\"\\]]+)");

    private final List<Range> trusted;

    private record Range(byte[] network, int bits) {
        boolean holds(byte[] address) {
            if (address.length != network.length) {
                return false;
            }
            for (int i = 0; i < bits; i++) {
                int mask = 0x80 >> (i % 8);
                if ((address[i / 8] & mask) != (network[i / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }

    /**
     * @param trusted addresses or networks like {@code 10.0.0.0/8}
     * @throws IllegalArgumentException that names the invalid entry
     */
    public TrustedProxies(List<String> trusted) {
        this.trusted = trusted.stream().map(TrustedProxies::range).toList();
    }

    private static Range range(String text) {
        String[] parts = text.split("/", 2);
        byte[] network = parse(parts[0]);
        String bits = parts.length == 2 ? parts[1] : null;
        if (network == null || (bits != null && !bits.matches("\\d{1,3}"))) {
            throw new IllegalArgumentException(text + " must be an address, or a network like 10.0.0.0/8");
        }
        int length = bits == null ? network.length * 8 : Integer.parseInt(bits);
        if (length > network.length * 8) {
            throw new IllegalArgumentException(text + " must have a prefix of at most " + network.length * 8 + " bits");
        }
        return new Range(network, length);
    }

    /** Parses an address; host names are refused, so that no look-up happens. */
    private static byte @Nullable [] parse(String text) {
        try {
            return NUMERIC.matcher(text).matches() ? InetAddress.getByName(text).getAddress() : null;
        } catch (UnknownHostException noAddress) {
            return null;
        }
    }

    /**
     * The key by which a client without a token is counted: its address, or its /64 network for IPv6, since a provider
     * assigns whole networks.
     */
    public String client(HttpServerRequest request) {
        byte[] client = parse(request.remoteAddress().hostAddress());
        if (client == null) {
            return request.remoteAddress().hostAddress();
        }
        for (String hop : hops(request)) {
            byte[] address = isTrusted(client) ? parse(hop) : null;
            if (address == null) {
                break;
            }
            client = address;
        }
        return text(client);
    }

    private boolean isTrusted(byte[] address) {
        return trusted.stream().anyMatch(range -> range.holds(address));
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
