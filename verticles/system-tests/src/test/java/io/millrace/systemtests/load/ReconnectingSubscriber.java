package io.millrace.systemtests.load;

import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import java.net.URI;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Comes back whenever its connection has ended, and goes on where it was. */
final class ReconnectingSubscriber implements AutoCloseable {
    private static final int LOOK_EVERY_MS = 200;

    private final Supplier<URI> uri;
    private final SocketClient client;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final ScheduledFuture<?> looks;
    private final AtomicInteger returns = new AtomicInteger();

    /**
     * @param uri where to come back to
     */
    ReconnectingSubscriber(Supplier<URI> uri, String token) {
        this.uri = uri;
        this.client = SocketClient.open(uri.get(), token);
        this.looks = clock.scheduleWithFixedDelay(this::look, LOOK_EVERY_MS, LOOK_EVERY_MS, TimeUnit.MILLISECONDS);
    }

    void follow(String stream, String after) {
        client.subscribe(stream, after);
    }

    StreamLog log(String stream) {
        return client.log(stream);
    }

    /** How often it had to come back. */
    int returns() {
        return returns.get();
    }

    private void look() {
        if (client.isOpen()) {
            return;
        }
        try {
            client.resume(uri.get());
            returns.incrementAndGet();
        } catch (RuntimeException notYet) {
            // Half a return is none: the next look begins anew.
            client.drop();
        }
    }

    @Override
    public void close() {
        looks.cancel(true);
        clock.shutdownNow();
        client.close();
    }
}
