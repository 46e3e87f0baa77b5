package io.millrace.sources.signature;

import io.vertx.core.MultiMap;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code Stripe-Signature: t=…,v1=…}, with several {@code v1} while a secret is replaced.
 *
 * @see <a href="https://docs.stripe.com/webhooks#verify-manually">Stripe's page</a>
 */
final class StripeVerifier implements SignatureVerifier {
    private static final String NAME = "Stripe-Signature";

    private final Hmac hmac;

    StripeVerifier(List<byte[]> secrets) {
        this.hmac = new Hmac("HmacSHA256", Hmac.Encoding.HEX, secrets);
    }

    @Override
    public Delivery verify(MultiMap headers, byte[] body, Instant now) {
        String time = "";
        List<String> codes = new ArrayList<>();
        for (String item : SignatureVerifier.header(headers, NAME).split(",")) {
            if (item.startsWith("t=")) {
                time = item.substring(2);
            } else if (item.startsWith("v1=")) {
                codes.add(item.substring(3));
            }
        }
        SignatureVerifier.requireRecent(time, now);
        if (!hmac.matches(codes, (time + ".").getBytes(StandardCharsets.UTF_8), body)) {
            throw SignatureVerifier.wrong();
        }
        // Its identity and its kind are in the body.
        return new Delivery(null, null);
    }
}
