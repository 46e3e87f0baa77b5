package io.millrace.sources.signature;

import io.vertx.core.MultiMap;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message authentication code of the body in a header, as GitHub has it and many others.
 *
 * @see <a href="https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries">GitHub's page</a>
 */
final class HmacVerifier implements SignatureVerifier {
    /**
     * The names of headers.
     *
     * @param prefix what stands before the code: {@code sha256=}
     * @param timestamp of the time, which is signed too, before the body and a dot; null if there is none
     * @param id of the delivery's identity; null if there is none
     * @param event of the kind of delivery; null if there is none
     */
    record Headers(
            String signature, String prefix, @Nullable String timestamp, @Nullable String id, @Nullable String event) {
        static final Headers GITHUB =
                new Headers("X-Hub-Signature-256", "sha256=", null, "X-GitHub-Delivery", "X-GitHub-Event");
    }

    private static final byte[] DOT = {'.'};

    private final Headers names;
    private final Hmac hmac;

    HmacVerifier(Headers names, Hmac hmac) {
        this.names = names;
        this.hmac = hmac;
    }

    @Override
    public Delivery verify(MultiMap headers, byte[] body, Instant now) {
        String signature = SignatureVerifier.header(headers, names.signature());
        if (!signature.startsWith(names.prefix())) {
            throw SignatureVerifier.refused(names.signature() + " must begin with " + names.prefix());
        }
        List<String> code = List.of(signature.substring(names.prefix().length()));
        boolean good;
        if (names.timestamp() == null) {
            good = hmac.matches(code, body);
        } else {
            String time = SignatureVerifier.header(headers, names.timestamp());
            SignatureVerifier.requireRecent(time, now);
            good = hmac.matches(code, time.getBytes(StandardCharsets.UTF_8), DOT, body);
        }
        if (!good) {
            throw SignatureVerifier.wrong();
        }
        return new Delivery(optional(headers, names.id()), optional(headers, names.event()));
    }

    private static @Nullable String optional(MultiMap headers, @Nullable String name) {
        return name == null ? null : SignatureVerifier.header(headers, name);
    }
}
