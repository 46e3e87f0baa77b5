package io.millrace.benchmarks.sources;

import io.millrace.benchmarks.client.BridgeSubscriber;
import io.millrace.benchmarks.client.ClientConnection;
import io.millrace.benchmarks.client.Counting;
import io.millrace.benchmarks.client.SocketIoSubscriber;
import io.millrace.benchmarks.load.Load;
import io.millrace.benchmarks.report.Arguments;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a program publishes in Redis, at 1,000 sockets: of Millrace by a channel, of Socket.IO by its Redis adapter, in the
 * form of its emitter. Arguments: {@code of=} ({@code millrace}, {@code socketio}) {@code port=} {@code redis=} {@code
 * token=} {@code pid=} {@code backends=} {@code out=} {@code quick=}.
 */
public final class RedisLoad extends Load {
    private static final int SOCKETS = 1_000;
    private static final int OPENING = 64;
    private static final int LOOKING = 100;
    private static final String CHANNEL = "bench";

    private final List<Counting> subscribers = new ArrayList<>();
    private final RedisPublisher publisher;
    private final boolean socketIo;
    private final int outstanding;
    private long sent;

    private RedisLoad(Arguments arguments, int outstanding) throws IOException {
        this.outstanding = outstanding;
        socketIo = arguments.text("of").equals("socketio");
        publisher = new RedisPublisher(arguments.number("redis"));
        watch(publisher);
        for (int i = 0; i < SOCKETS; i++) {
            boolean looks = i % LOOKING == 0;
            subscribers.add(add(
                    socketIo
                            ? new SocketIoSubscriber(arguments.number("port"), looks)
                            : new BridgeSubscriber(
                                    arguments.number("port"),
                                    arguments.text("token"),
                                    BridgeSubscriber.Form.WEBSOCKET,
                                    looks)));
            int wanted = Math.max(0, subscribers.size() - OPENING);
            await(() -> ready() >= wanted, 60);
        }
        await(() -> ready() == SOCKETS, 60);
    }

    private <L extends ClientConnection & Counting> L add(L subscriber) throws IOException {
        watch(subscriber);
        return subscriber;
    }

    public static void main(String[] args) throws Exception {
        Arguments arguments = new Arguments(args);
        for (int outstanding : new int[] {16, 128}) {
            try (RedisLoad load = new RedisLoad(arguments, outstanding)) {
                JsonObject line =
                        load.measure(arguments, arguments.quick() ? 3 : 6, arguments.quick() ? 3 : 6, load::deliveries);
                report(
                        arguments,
                        line.put("kind", "redis")
                                .put("of", arguments.text("of"))
                                .put("outstanding", outstanding));
            }
        }
        System.exit(0);
    }

    @Override
    protected void send() throws IOException {
        while (sent - delivered() < outstanding) {
            if (socketIo) {
                publisher.publish("socket.io#/#" + CHANNEL + "#", EmittedPacket.of(CHANNEL, sent));
            } else {
                publisher.publish(
                        CHANNEL,
                        ("{\"t\":" + sent
                                        + ",\"status\":\"shipped\",\"amount\":1234.56,\"currency\":\"EUR\",\"note\":\""
                                        + BridgeSubscriber.MARK + "\"}")
                                .getBytes(StandardCharsets.US_ASCII));
            }
            sent++;
        }
    }

    /** Events that each of those who look has. */
    private long delivered() {
        return subscribers.stream()
                .filter(Counting::looks)
                .mapToLong(Counting::events)
                .min()
                .orElseThrow();
    }

    private long deliveries() {
        return delivered() * SOCKETS;
    }

    private int ready() {
        return (int) subscribers.stream().filter(Counting::ready).count();
    }
}
