package io.millrace.persistence;

import io.millrace.contracts.Addresses;
import io.millrace.contracts.Committed;
import io.millrace.contracts.CommittedBatch;
import io.millrace.platform.Bus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Tells the shards what was committed. Best effort: whoever follows a stream notices what it missed. */
final class Publisher {
    private final Bus bus;

    Publisher(Bus bus) {
        this.bus = bus;
    }

    void publish(List<Committed> committed) {
        Map<Integer, List<Committed>> byShard = new HashMap<>();
        for (Committed event : committed) {
            byShard.computeIfAbsent(Addresses.shardOf(event.event().stream()), shard -> new ArrayList<>())
                    .add(event);
        }
        byShard.forEach((shard, events) -> bus.publish(Addresses.shard(shard), new CommittedBatch(events)));
    }
}
