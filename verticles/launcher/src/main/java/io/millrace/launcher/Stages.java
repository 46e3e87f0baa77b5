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
import io.millrace.sinks.SinksSettings;
import io.millrace.sinks.SinksStage;
import io.millrace.sources.SourcesSettings;
import io.millrace.sources.SourcesStage;
import java.util.List;

/** All stages, in event order. Deployed from the end, so that every address has a listener; stopped from the front. */
public final class Stages {
    private Stages() {}

    static List<Stage.Kind<?>> inEventOrder(SourcesSettings sources, SinksSettings sinks) {
        return List.of(
                SourcesStage.kind(sources),
                IngestStage.KIND,
                RouterVerticle.KIND,
                QueueVerticle.KIND,
                ApiStage.KIND,
                DashboardStage.KIND,
                BroadcastStage.KIND,
                SinksStage.kind(sinks),
                AggregateVerticle.KIND,
                CacheVerticle.KIND,
                PersistenceVerticle.KIND);
    }

    public static List<String> names() {
        return inEventOrder(new SourcesSettings(List.of()), new SinksSettings(List.of())).stream()
                .map(kind -> kind.name())
                .toList();
    }
}
