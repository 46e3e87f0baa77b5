package io.millrace.sources.signature;

import io.vertx.core.MultiMap;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * {@code Stripe-Signature: t=…,v1=…}, with several {@code v1} while a secret is replaced.
 *
 * @see <a href="https://docs.stripe.com/webhooks#verify-manually">Stripe's page</a>
 */
final class StripeSignature implements Signature {
    private static final String NAME = "Stripe-Signature";

    private final Hmac hmac;

    StripeSignature(List<byte[]> secrets) {
        this.hmac = new Hmac("HmacSHA256", secrets);
    }

    @Override
    public Delivery verify(MultiMap headers, byte[] body, Instant now) {
        String time = "";
        List<byte[]> codes = new ArrayList<>();
        for (String item : Signature.header(headers, NAME).split(",")) {
            if (item.startsWith("t=")) {
                time = item.substring(2);
            } else if (item.startsWith("v1=")) {
                codes.add(decoded(item.substring(3)));
            }
        }
        Signature.requireRecent(time, now);
        if (!hmac.matches(codes, (time + ".").getBytes(StandardCharsets.UTF_8), body)) {
            throw Signature.wrong();
        }
        // Its identity and its kind are in the body.
        return new Delivery(null, null);
    }

    private static byte[] decoded(String text) {
        try {
            return HexFormat.of().parseHex(text);
        } catch (IllegalArgumentException unreadable) {
            return new byte[0];
        }
    }
}
