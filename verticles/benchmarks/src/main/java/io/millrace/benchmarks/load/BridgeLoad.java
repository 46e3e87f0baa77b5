package io.millrace.benchmarks.load;

import io.millrace.benchmarks.client.BridgeSubscriber;
import io.millrace.benchmarks.report.Arguments;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a delivery costs by the event-bus bridge, and in each form of the WebSocket's own protocol: 1,000 sockets of one kind
 * at a time, the same events. Arguments: {@code port=} {@code token=} {@code pid=} {@code out=} {@code quick=}.
 */
public final class BridgeLoad extends Saturation {
    private static final int SOCKETS = 1000;
    private static final int BATCH = 10;
    private static final int OUTSTANDING = 40;
    private static final int OPENING = 64;
    private static final int PATIENCE_S = 120;
    /** One in so many looks at what it gets. */
    private static final int LOOKING = 100;

    private final List<BridgeSubscriber> subscribers = new ArrayList<>();

    private BridgeLoad(Arguments arguments, BridgeSubscriber.Form form) throws IOException {
        super(arguments, BATCH, OUTSTANDING);
        int port = arguments.number("port");
        String token = arguments.text("token");
        for (int i = 0; i < SOCKETS; i++) {
            BridgeSubscriber subscriber = new BridgeSubscriber(port, token, form, i % LOOKING == 0);
            subscribers.add(subscriber);
            watch(subscriber);
            int wanted = subscribers.size() - OPENING;
            await(() -> ready() >= wanted, PATIENCE_S);
        }
        await(() -> ready() == SOCKETS, PATIENCE_S);
    }

    public static void main(String[] args) throws Exception {
        Arguments arguments = new Arguments(args);
        int seconds = arguments.quick() ? 4 : 8;
        for (BridgeSubscriber.Form form : BridgeSubscriber.Form.values()) {
            measure(arguments, form, 1, seconds); // what the just-in-time compilers see first
        }
        for (int round = 0; round < (arguments.quick() ? 1 : 3); round++) {
            for (BridgeSubscriber.Form form : BridgeSubscriber.Form.values()) {
                report(arguments, measure(arguments, form, 2, seconds));
            }
        }
        System.exit(0);
    }

    private static JsonObject measure(Arguments arguments, BridgeSubscriber.Form form, int lead, int seconds)
            throws IOException {
        try (BridgeLoad load = new BridgeLoad(arguments, form)) {
            return load.measure(lead, seconds, SOCKETS)
                    .put("kind", "bridge")
                    .put("form", form.name().toLowerCase(Locale.ROOT))
                    .put("bytes", load.bytes());
        }
    }

    /** Of a delivery: what all messages of a frame share is counted once. */
    private double bytes() {
        List<BridgeSubscriber> counting =
                subscribers.stream().filter(BridgeSubscriber::looks).toList();
        double bytes = counting.stream().mapToLong(BridgeSubscriber::bytes).sum();
        return bytes
                / Math.max(
                        1, counting.stream().mapToLong(BridgeSubscriber::events).sum());
    }

    @Override
    long delivered() {
        return subscribers.stream()
                .filter(BridgeSubscriber::looks)
                .mapToLong(BridgeSubscriber::events)
                .min()
                .orElseThrow();
    }

    @Override
    String event(long number) {
        return "{\"type\":\"bench:tick\",\"data\":{\"t\":" + System.nanoTime()
                + ",\"status\":\"shipped\",\"amount\":1234.56,\"currency\":\"EUR\",\"note\":\""
                + BridgeSubscriber.MARK + "\"}}";
    }

    private int ready() {
        return (int) subscribers.stream().filter(BridgeSubscriber::ready).count();
    }
}
