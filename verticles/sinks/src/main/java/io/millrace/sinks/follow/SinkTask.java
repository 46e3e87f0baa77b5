package io.millrace.sinks.follow;

import io.millrace.postgres.lease.Lease;
import io.millrace.postgres.lease.LeasedTask;
import io.millrace.sinks.message.ConfiguredSink;
import io.millrace.sinks.message.EventLookup;
import io.millrace.sinks.message.PageReader;
import io.millrace.sinks.message.SinkContext;
import io.millrace.sinks.message.SinkMetrics;
import io.millrace.sinks.message.SinkTarget;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Runs a sink wherever its lease is. Belongs to one event loop. */
public final class SinkTask implements LeasedTask {
    private final ConfiguredSink sink;
    private final SinkMetrics metrics;
    private final SinkServices services;
    private final Function<SinkContext, SinkTarget> targets;
    private @Nullable SinkRun run;

    /** @param targets makes a connection to where the sink's messages go to, on the event loop that then owns it */
    public SinkTask(
            ConfiguredSink sink,
            SinkMetrics metrics,
            SinkServices services,
            Function<SinkContext, SinkTarget> targets) {
        this.sink = sink;
        this.metrics = metrics;
        this.services = services;
        this.targets = targets;
    }

    @Override
    public String name() {
        return sink.sink().name();
    }

    @Override
    public String kind() {
        return sink.kind();
    }

    public SinkMetrics metrics() {
        return metrics;
    }

    /** Tells that a stream has new events. */
    public void committed(String stream) {
        SinkRun now = run;
        if (now != null && sink.sink().streams().hasStream(stream)) {
            now.committed(stream);
        }
    }

    @Override
    public Run start(Lease lease) {
        PageReader reader = new PageReader(sink.sink(), services.node().domains(), services.seal());
        EventLookup lookup = new EventLookup(services.node().bus(), reader);
        SinkContext context = new SinkContext(
                services.node(), lease, metrics, services.follow(), services.pool(), lookup, services.alerts());
        SinkRun begun = new SinkRun(sink.sink(), context, targets.apply(context), services.positions(), reader);
        run = begun;
        begun.begin();
        return begun;
    }
}
