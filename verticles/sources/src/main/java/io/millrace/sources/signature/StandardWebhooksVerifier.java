package io.millrace.sources.signature;

import io.vertx.core.MultiMap;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Signatures by a shared secret, several of them while a secret is replaced.
 *
 * @see <a href="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md">Standard
 *     Webhooks</a>
 */
final class StandardWebhooksVerifier implements SignatureVerifier {
    private static final String VERSION = "v1,";
    private static final String PREFIX = "whsec_";

    private final Hmac hmac;

    StandardWebhooksVerifier(List<byte[]> secrets) {
        this.hmac = new Hmac("HmacSHA256", Hmac.Encoding.BASE64, secrets);
    }

    /**
     * The bytes of a secret in its written form.
     *
     * @throws IllegalArgumentException it isn't base64
     */
    static byte[] secret(String text) {
        return Base64.getDecoder().decode(text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : text);
    }

    @Override
    public Delivery verify(MultiMap headers, byte[] body, Instant now) {
        String id = SignatureVerifier.header(headers, "webhook-id");
        String time = SignatureVerifier.header(headers, "webhook-timestamp");
        List<String> codes = new ArrayList<>();
        for (String each :
                SignatureVerifier.header(headers, "webhook-signature").split(" ")) {
            if (each.startsWith(VERSION)) {
                codes.add(each.substring(VERSION.length()));
            }
        }
        SignatureVerifier.requireRecent(time, now);
        if (!hmac.matches(codes, (id + "." + time + ".").getBytes(StandardCharsets.UTF_8), body)) {
            throw SignatureVerifier.wrong();
        }
        return new Delivery(id, null);
    }
}
