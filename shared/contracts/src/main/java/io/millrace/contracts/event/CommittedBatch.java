package io.millrace.contracts.event;

import java.util.List;

/** The events of one commit in one shard, in commit order; those of one stream in the order of their offsets. */
public record CommittedBatch(List<CommittedEvent> events) {}
