package io.millrace.systemtests.environment;

import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.process.MillraceProcess;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** What stands before the fronts: each in turn, as long as its readiness says yes. Safe from any thread. */
public final class ReadyFronts implements Supplier<ApiClient>, AutoCloseable {
    private static final int LOOK_EVERY_MS = 50;

    private final String token;
    private final List<Front> all = new CopyOnWriteArrayList<>();
    private final AtomicInteger turn = new AtomicInteger();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private volatile List<Front> ready = List.of();

    private record Front(MillraceProcess process, ApiClient api) {}

    public ReadyFronts(String token) {
        this.token = token;
        var unused = clock.scheduleWithFixedDelay(this::look, LOOK_EVERY_MS, LOOK_EVERY_MS, TimeUnit.MILLISECONDS);
    }

    /** One that is ready. */
    public void add(MillraceProcess process) {
        all.add(new Front(process, new ApiClient(process.uri("/"), token)));
        look();
    }

    /** With none ready it is the last one that was: it refuses by itself. */
    @Override
    public ApiClient get() {
        List<Front> now = ready;
        return now.get(Math.floorMod(turn.getAndIncrement(), now.size())).api;
    }

    private synchronized void look() {
        List<Front> now = all.stream().filter(front -> front.process.isReady()).toList();
        if (!now.isEmpty()) {
            ready = now;
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
