package io.millrace.contracts.event;

import java.util.List;

/** What one commit gave one shard, in commit order; those of one stream in the order of their offsets. */
public record CommittedBatch(List<CommittedEvent> events) {}
