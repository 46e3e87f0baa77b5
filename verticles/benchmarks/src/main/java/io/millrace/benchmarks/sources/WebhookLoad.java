package io.millrace.benchmarks.sources;

import io.millrace.benchmarks.load.Load;
import io.millrace.benchmarks.report.Arguments;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Signed deliveries, as many as are acknowledged, to anything that takes them. Arguments: {@code of=} (its name) {@code
 * port=} {@code path=} {@code secret=} {@code pid=} {@code backends=} {@code out=} {@code quick=}.
 */
public final class WebhookLoad extends Load {
    /** Few senders, and as many as a busy provider has. */
    private static final int[] CONNECTIONS = {64, 512};

    private final List<WebhookSender> senders = new ArrayList<>();
    private final Deque<WebhookSender> idle = new ArrayDeque<>();
    private final String prefix;
    private long sent;

    private WebhookLoad(Arguments arguments, int connections) throws IOException {
        prefix = "msg_" + Long.toString(System.nanoTime(), 36) + "_";
        for (int i = 0; i < connections; i++) {
            WebhookSender[] itself = new WebhookSender[1];
            itself[0] = new WebhookSender(
                    arguments.number("port"),
                    arguments.text("path"),
                    arguments.text("secret"),
                    () -> idle.add(itself[0]));
            watch(itself[0]);
            senders.add(itself[0]);
            idle.add(itself[0]);
        }
    }

    public static void main(String[] args) throws Exception {
        Arguments arguments = new Arguments(args);
        // The just-in-time compilers share their core with what they compile.
        int lead = arguments.quick() ? 30 : 40;
        for (int connections : CONNECTIONS) {
            try (WebhookLoad load = new WebhookLoad(arguments, connections)) {
                JsonObject line = load.measure(arguments, lead, arguments.quick() ? 8 : 15, load::accepted);
                report(
                        arguments,
                        line.put("kind", "webhook")
                                .put("of", arguments.text("of"))
                                .put("outstanding", connections));
            }
            lead = 10;
        }
        System.exit(0);
    }

    @Override
    protected void send() throws IOException {
        for (WebhookSender next = idle.poll(); next != null; next = idle.poll()) {
            if (!next.refusal().isEmpty()) {
                throw new IOException("refused: " + next.refusal());
            }
            next.post(prefix + sent, body(sent));
            sent++;
        }
    }

    private long accepted() {
        return senders.stream().mapToLong(WebhookSender::accepted).sum();
    }

    private static String body(long number) {
        return "{\"type\":\"order.updated\",\"timestamp\":\"2026-01-31T09:30:00Z\",\"data\":{\"t\":" + number
                + ",\"entity\":\"order-" + number % 1_000 + "\",\"status\":\"shipped\",\"amount\":1234.56,"
                + "\"currency\":\"EUR\",\"note\":\"ahovcjqxelszgnubipwdkryfmtahovcjqxelszgnubipwdkryfmt\"}}";
    }
}
