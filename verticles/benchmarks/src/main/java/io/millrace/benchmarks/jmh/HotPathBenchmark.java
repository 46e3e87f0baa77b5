package io.millrace.benchmarks.jmh;

import io.millrace.benchmarks.report.Phase;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.event.Priority;
import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.platform.delivery.ClientMessage;
import io.millrace.platform.settings.PackFiles;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.openjdk.jmh.annotations.Benchmark;

/** What is done once an event, however many receive it. {@code scripts/bench micro} runs it. */
public class HotPathBenchmark extends MicroBenchmark {
    private static final byte[] DATA = ("{\"t\":2000000000000,\"id\":\"evt-1\",\"type\":\"order.updated\","
                    + "\"entity\":\"order-0001\",\"version\":1,\"data\":{\"status\":\"shipped\",\"amount\":1234.56,"
                    + "\"currency\":\"EUR\",\"note\":\"ahovcjqxelszgnubipwdkryfmtahovcj\"}}")
            .getBytes(StandardCharsets.UTF_8);
    private static final long TIME = 1_764_000_000_000_000L;

    private final DomainModel domains;
    private final CommittedEvent committed;

    /** Reads the bench pack, as a node would. */
    public HotPathBenchmark() {
        try {
            Path pack = Path.of(Objects.requireNonNull(HotPathBenchmark.class.getResource("/bench.yaml"))
                    .toURI());
            domains = PackFiles.load(List.of(pack));
        } catch (InvalidConfigurationException | URISyntaxException broken) {
            throw new IllegalStateException(broken);
        }
        EntityRef entity = new EntityRef("bench", "bench", "order-0001");
        Event event =
                Event.builder("evt-1", Phase.URGENT, "load").timeMicros(TIME).priority(Priority.HIGH).data(DATA).stream(
                                "bench")
                        .entity(entity)
                        .publisher("load")
                        .acceptedAtMicros(TIME)
                        .build();
        committed = new CommittedEvent(event, new Position("k3", 1041), 7, DATA);
    }

    /** The line of JSON that every receiver gets. */
    @Benchmark
    public ClientMessage line() {
        return ClientMessage.of(domains, committed);
    }
}
