package io.millrace.benchmarks.sources;

import io.millrace.benchmarks.client.ByteSearch;
import io.millrace.benchmarks.client.ClientConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A keep-alive connection that posts one delivery after another, each signed as Standard Webhooks says. Owned by one thread.
 */
final class WebhookSender extends ClientConnection {
    private static final byte[] HEAD_END = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final String LENGTH = "content-length:";
    private static final String PREFIX = "whsec_";

    private final String head;
    private final Mac mac;
    private final Runnable answered;
    private long accepted;
    private String refusal = "";

    /**
     * Connects.
     *
     * @param secret {@code whsec_} and the key in base64
     * @param answered called after each answer
     */
    WebhookSender(int port, String path, String secret, Runnable answered) throws IOException {
        super(port);
        this.answered = answered;
        this.head = "POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nContent-Type: application/json";
        try {
            mac = Mac.getInstance("HmacSHA256");
            byte[] key = Base64.getDecoder().decode(secret.substring(PREFIX.length()));
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Posts a body of ASCII characters. */
    void post(String id, String body) throws IOException {
        write(ByteBuffer.wrap(
                request(id, System.currentTimeMillis() / 1_000, body).getBytes(StandardCharsets.US_ASCII)));
    }

    String request(String id, long seconds, String body) {
        byte[] signed = (id + "." + seconds + "." + body).getBytes(StandardCharsets.US_ASCII);
        String signature = Base64.getEncoder().encodeToString(mac.doFinal(signed));
        return head + "\r\nwebhook-id: " + id + "\r\nwebhook-timestamp: " + seconds + "\r\nwebhook-signature: v1,"
                + signature + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    /** How many were answered by 2xx. */
    long accepted() {
        return accepted;
    }

    /** The last other answer; empty if there was none. */
    String refusal() {
        return refusal;
    }

    @Override
    protected int use(byte[] bytes, int end, long nowNanos) throws IOException {
        int headEnd = ByteSearch.find(bytes, 0, end, HEAD_END);
        if (headEnd < 0) {
            return 0;
        }
        String answer = new String(bytes, 0, headEnd, StandardCharsets.US_ASCII);
        int length = answer.toLowerCase(Locale.ROOT).indexOf(LENGTH);
        int body = headEnd + HEAD_END.length;
        int bodyEnd = body;
        if (length >= 0) {
            String digits = answer.substring(length + LENGTH.length()).strip().split("\\D", 2)[0];
            bodyEnd += Integer.parseInt(digits);
        } else if (!answer.startsWith("HTTP/1.1 204")) {
            throw new IOException("an answer without Content-Length: " + answer);
        }
        if (end < bodyEnd) {
            return 0;
        }
        if (answer.startsWith("HTTP/1.1 2")) {
            accepted++;
        } else {
            refusal = answer.lines().findFirst().orElse("") + " "
                    + new String(bytes, body, bodyEnd - body, StandardCharsets.UTF_8);
        }
        answered.run();
        return bodyEnd;
    }
}
