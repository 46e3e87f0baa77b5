package io.millrace.platform.http;

import io.millrace.platform.settings.Settings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A set of addresses and networks like {@code 10.0.0.0/8}. An IPv4 address is the same address when it is written as
 * IPv6, {@code ::ffff:10.0.0.1}.
 */
public final class Networks {
    public static final Networks NONE = new Networks(List.of());

    private static final Pattern NUMERIC = Pattern.compile("\\d{1,3}(?:\\.\\d{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");
    /** The bits before an IPv4 address that is written as IPv6. */
    private static final int MAPPED = 96;

    private static final int IPV4_BYTES = 4;

    private final List<Network> networks;

    private record Network(byte[] start, int bits) {
        boolean holds(byte[] address) {
            if (address.length != start.length) {
                return false;
            }
            for (int i = 0; i < bits; i++) {
                int mask = 0x80 >> (i % 8);
                if ((address[i / 8] & mask) != (start[i / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }

    /**
     * Makes the set.
     *
     * @throws IllegalArgumentException that names the invalid entry
     */
    public Networks(List<String> entries) {
        this.networks = entries.stream().map(Networks::network).toList();
    }

    /** The set of a setting, empty by default; a mistake is reported to the settings. */
    public static Networks from(Settings settings, String name) {
        try {
            return new Networks(settings.texts(name, List.of()));
        } catch (IllegalArgumentException wrong) {
            settings.refuse(name, String.valueOf(wrong.getMessage()));
            return NONE;
        }
    }

    private static Network network(String text) {
        String[] parts = text.split("/", 2);
        byte[] start = address(parts[0]);
        String bits = parts.length == 2 ? parts[1] : null;
        if (start == null || (bits != null && !bits.matches("\\d{1,3}"))) {
            throw new IllegalArgumentException(text + " must be an address, or a network like 10.0.0.0/8");
        }
        int least = start.length == IPV4_BYTES && parts[0].contains(":") ? MAPPED : 0;
        int most = least + start.length * 8;
        int length = bits == null ? most : Integer.parseInt(bits);
        if (length > most || length < least) {
            throw new IllegalArgumentException(text + " must have a prefix of "
                    + (least == 0 ? "at most " + most : least + " to " + most) + " bits");
        }
        return new Network(start, length - least);
    }

    /** The bytes of an address, four for IPv4; null for any other text: host names are not looked up. */
    static byte @Nullable [] address(@Nullable String text) {
        try {
            return text != null && NUMERIC.matcher(text).matches()
                    ? InetAddress.getByName(text).getAddress()
                    : null;
        } catch (UnknownHostException noAddress) {
            return null;
        }
    }

    public boolean contains(byte[] address) {
        for (Network network : networks) {
            if (network.holds(address)) {
                return true;
            }
        }
        return false;
    }

    public boolean isEmpty() {
        return networks.isEmpty();
    }
}
