package io.millrace.systemtests.load;

import static org.awaitility.Awaitility.await;

import io.millrace.systemtests.contract.BusProgram;
import io.millrace.systemtests.environment.Shop;
import io.vertx.core.eventbus.ReplyException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A microservice that sends one urgent event after the other to {@code millrace.ingest}, twenty a second at most. */
public final class BusLoad implements AutoCloseable {
    private static final int PAUSE_MS = 50;

    private final BusProgram program;
    private final String token;
    private final Queue<String> refusals = new ConcurrentLinkedQueue<>();
    private final ScheduledExecutorService sender = Executors.newSingleThreadScheduledExecutor();

    public BusLoad(BusProgram program, String token) {
        this.program = program;
        this.token = token;
        var unused = sender.scheduleWithFixedDelay(this::send, 0, PAUSE_MS, TimeUnit.MILLISECONDS);
    }

    private void send() {
        try {
            program.ask(token, Shop.order());
        } catch (ReplyException refused) {
            refusals.add(refused.toString());
        }
    }

    /** What was answered with a failure, or not at all. */
    public List<String> refusals() {
        return List.copyOf(refusals);
    }

    /** Sends no more; returns when everything is answered. */
    public void stop() {
        sender.shutdown();
        await().atMost(Duration.ofSeconds(30)).until(sender::isTerminated);
    }

    @Override
    public void close() {
        sender.shutdownNow();
        program.close();
    }
}
