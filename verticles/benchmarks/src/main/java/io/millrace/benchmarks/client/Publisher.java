package io.millrace.benchmarks.client;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * A keep-alive connection that posts one request after another. The sender begins a request while it is idle; the reading
 * thread ends it.
 */
public final class Publisher extends ClientConnection {
    private static final byte[] HEAD_END = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FAILED = "\"failed\"".getBytes(StandardCharsets.US_ASCII);
    private static final String LENGTH = "content-length:";

    private final String head;
    private final Answered answered;
    private volatile Request request = new Request(0, 0, 0);

    /**
     * @param first the number of its first event
     * @param intendedNanos when it should have been sent
     */
    public record Request(int first, int events, long intendedNanos) {}

    /** What becomes of a request. */
    public interface Answered {
        /** @param accepted whether Millrace took the event of that index */
        void answered(Publisher by, Request request, boolean[] accepted, long nowNanos);
    }

    public Publisher(int port, String token, Answered answered) throws IOException {
        super(port);
        this.answered = answered;
        this.head = "POST /api/events HTTP/1.1\r\nHost: 127.0.0.1:" + port
                + "\r\nContent-Type: application/json\r\nAuthorization: Bearer " + token + "\r\nContent-Length: ";
    }

    public void post(Request next, String body) throws IOException {
        request = next;
        // The bodies are ASCII, so their characters are their bytes.
        write(ByteBuffer.wrap((head + body.length() + "\r\n\r\n" + body).getBytes(StandardCharsets.US_ASCII)));
    }

    @Override
    protected int use(byte[] bytes, int end, long nowNanos) throws IOException {
        int headEnd = ByteSearch.find(bytes, 0, end, HEAD_END);
        if (headEnd < 0) {
            return 0;
        }
        String answer = new String(bytes, 0, headEnd, StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
        int length = answer.indexOf(LENGTH);
        if (length < 0) {
            throw new IOException("an answer without Content-Length: " + answer);
        }
        int body = headEnd + HEAD_END.length;
        String digits = answer.substring(length + LENGTH.length()).strip().split("\\D", 2)[0];
        int bodyEnd = body + Integer.parseInt(digits);
        if (end < bodyEnd) {
            return 0;
        }
        Request ended = request;
        answered.answered(this, ended, accepted(ended, answer, bytes, body, bodyEnd), nowNanos);
        return bodyEnd;
    }

    private static boolean[] accepted(Request request, String answer, byte[] bytes, int body, int bodyEnd) {
        boolean[] accepted = new boolean[request.events];
        String status = answer.substring(9, 12);
        if (!status.startsWith("2")) {
            System.err.println("refused: " + answer.lines().findFirst().orElse("") + " "
                    + new String(bytes, body, Math.min(300, bodyEnd - body), StandardCharsets.UTF_8));
            return accepted;
        }
        Arrays.fill(accepted, true);
        if (request.events > 1 && ByteSearch.find(bytes, body, bodyEnd, FAILED) >= 0) {
            JsonArray each = new JsonArray(new String(bytes, body, bodyEnd - body, StandardCharsets.UTF_8));
            for (int i = 0; i < accepted.length; i++) {
                JsonObject outcome = each.getJsonObject(i);
                accepted[i] = !"failed".equals(outcome.getString("status"));
            }
        }
        return accepted;
    }
}
