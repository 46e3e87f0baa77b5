package io.millrace.sources.signature;

import io.vertx.core.MultiMap;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message authentication code of the body in a header, as GitHub has it and many others.
 *
 * @see <a href="https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries">GitHub's page</a>
 */
public final class HmacSignature implements Signature {
    /** How the bytes of a code are written. */
    public enum Encoding {
        HEX,
        BASE64
    }

    /**
     * The names of headers.
     *
     * @param prefix what stands before the code: {@code sha256=}
     * @param timestamp of the time, which is signed too, before the body and a dot; null if there is none
     * @param id of the delivery's identity; null if there is none
     * @param event of the kind of delivery; null if there is none
     */
    public record Headers(
            String signature, String prefix, @Nullable String timestamp, @Nullable String id, @Nullable String event) {
        static final Headers GITHUB =
                new Headers("X-Hub-Signature-256", "sha256=", null, "X-GitHub-Delivery", "X-GitHub-Event");
    }

    private static final byte[] DOT = {'.'};

    private final Headers names;
    private final Encoding encoding;
    private final Hmac hmac;

    HmacSignature(Headers names, Encoding encoding, String algorithm, List<byte[]> secrets) {
        this.names = names;
        this.encoding = encoding;
        this.hmac = new Hmac(algorithm, secrets);
    }

    @Override
    public Delivery verify(MultiMap headers, byte[] body, Instant now) {
        String signature = Signature.header(headers, names.signature());
        if (!signature.startsWith(names.prefix())) {
            throw Signature.refused(names.signature() + " must begin with " + names.prefix());
        }
        List<byte[]> code = List.of(decoded(signature.substring(names.prefix().length())));
        boolean good;
        if (names.timestamp() == null) {
            good = hmac.matches(code, body);
        } else {
            String time = Signature.header(headers, names.timestamp());
            Signature.requireRecent(time, now);
            good = hmac.matches(code, time.getBytes(StandardCharsets.UTF_8), DOT, body);
        }
        if (!good) {
            throw Signature.wrong();
        }
        return new Delivery(optional(headers, names.id()), optional(headers, names.event()));
    }

    private byte[] decoded(String text) {
        try {
            return encoding == Encoding.HEX
                    ? HexFormat.of().parseHex(text)
                    : Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException unreadable) {
            throw Signature.wrong();
        }
    }

    private static @Nullable String optional(MultiMap headers, @Nullable String name) {
        return name == null ? null : Signature.header(headers, name);
    }
}
