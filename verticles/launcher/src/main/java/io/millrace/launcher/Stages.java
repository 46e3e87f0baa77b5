package io.millrace.launcher;

import io.millrace.aggregate.AggregateVerticle;
import io.millrace.api.ApiStage;
import io.millrace.broadcast.BroadcastStage;
import io.millrace.cache.CacheVerticle;
import io.millrace.dashboard.DashboardStage;
import io.millrace.ingest.IngestStage;
import io.millrace.persistence.PersistenceVerticle;
import io.millrace.platform.node.Stage;
import io.millrace.queue.QueueVerticle;
import io.millrace.router.RouterVerticle;
import java.util.List;

/** All stages, in event order. Deployed from the end, so that every address has a listener; stopped from the front. */
public final class Stages {
    static final List<Stage.Kind<?>> IN_EVENT_ORDER = List.of(
            IngestStage.KIND,
            RouterVerticle.KIND,
            QueueVerticle.KIND,
            ApiStage.KIND,
            DashboardStage.KIND,
            BroadcastStage.KIND,
            AggregateVerticle.KIND,
            CacheVerticle.KIND,
            PersistenceVerticle.KIND);

    private Stages() {}

    public static List<String> names() {
        return IN_EVENT_ORDER.stream().map(kind -> kind.name()).toList();
    }
}
