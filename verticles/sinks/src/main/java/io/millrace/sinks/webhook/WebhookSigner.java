package io.millrace.sinks.webhook;

import io.millrace.contracts.text.Sha256;
import io.millrace.sinks.message.SinkMessage;
import io.vertx.core.MultiMap;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs messages with each of several secrets, so that a receiver can replace one. Immutable.
 *
 * @see <a href="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md">Standard
 *     Webhooks</a>
 */
public final class WebhookSigner {
    private static final String HMAC = "HmacSHA256";
    private static final String PREFIX = "whsec_";
    private static final int LEAST = 24;
    private static final int MOST = 64;

    private final List<SecretKeySpec> keys;

    WebhookSigner(List<byte[]> secrets) {
        keys = secrets.stream().map(secret -> new SecretKeySpec(secret, HMAC)).toList();
    }

    /**
     * The bytes of a secret in its written form.
     *
     * @throws IllegalArgumentException it isn't base64, or not of 24 to 64 bytes
     */
    static byte[] secret(String text) {
        byte[] secret = Base64.getDecoder().decode(text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : text);
        if (secret.length < LEAST || secret.length > MOST) {
            throw new IllegalArgumentException("24 to 64 bytes");
        }
        return secret;
    }

    /** The id of a message: the same whenever and by whichever node it is sent, and it tells nothing else. */
    static String id(SinkMessage message) {
        byte[] place = (message.event().stream() + ' ' + message.position()).getBytes(StandardCharsets.UTF_8);
        return "msg_" + Base64.getUrlEncoder().withoutPadding().encodeToString(Sha256.of(place));
    }

    /** Adds the headers of a delivery. */
    void sign(MultiMap headers, String id, byte[] body, long epochSeconds) {
        byte[] head = (id + '.' + epochSeconds + '.').getBytes(StandardCharsets.UTF_8);
        var unused = headers.set("webhook-id", id)
                .set("webhook-timestamp", Long.toString(epochSeconds))
                .set(
                        "webhook-signature",
                        keys.stream().map(key -> "v1," + code(key, head, body)).collect(Collectors.joining(" ")));
    }

    private static String code(SecretKeySpec key, byte[] head, byte[] body) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(key);
            mac.update(head);
            return Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every JDK has " + HMAC, impossible);
        }
    }
}
