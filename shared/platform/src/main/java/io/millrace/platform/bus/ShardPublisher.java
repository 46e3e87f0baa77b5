package io.millrace.platform.bus;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommittedBatch;
import io.millrace.contracts.event.CommittedEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Publishes committed and transient events to the shards of their streams. At most once: a follower of a stream notices
 * what it missed.
 */
public final class ShardPublisher {
    private final Bus bus;

    public ShardPublisher(Bus bus) {
        this.bus = bus;
    }

    public void publish(List<CommittedEvent> committed) {
        Map<Integer, List<CommittedEvent>> byShard = new HashMap<>();
        for (CommittedEvent event : committed) {
            byShard.computeIfAbsent(Addresses.shardOf(event.event().stream()), shard -> new ArrayList<>())
                    .add(event);
        }
        byShard.forEach((shard, events) -> bus.publish(Addresses.shard(shard), new CommittedBatch(events)));
    }
}
