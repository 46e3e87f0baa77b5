package io.millrace.sources;

import io.millrace.contracts.cluster.TaskStatus;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.node.Stage;
import io.millrace.sources.intake.EventPublisher;
import io.millrace.sources.intake.SourceIntake;
import io.millrace.sources.intake.SourceMetrics;
import io.millrace.sources.webhook.WebhookRoute;
import io.millrace.sources.webhook.WebhookSource;
import io.vertx.core.Deployable;
import io.vertx.ext.web.Router;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** The sources stage: events from systems that don't know Millrace. */
public final class SourcesStage implements Stage {
    private final NodeContext node;
    private final SourcesSettings sources;
    private final SourceMetrics metrics;
    private final SourcesVerticle verticle;

    SourcesStage(NodeContext node, SourcesSettings sources) {
        this.node = node;
        this.sources = sources;
        this.metrics = new SourceMetrics(node.metrics(), Clock.systemUTC());
        this.verticle = new SourcesVerticle(node, metrics, sources);
    }

    /** @param sources what the node's folder of sources holds */
    public static Stage.Kind<SourcesSettings> kind(SourcesSettings sources) {
        return new Stage.Kind<>("sources", sources::with, SourcesStage::new);
    }

    @Override
    public Deployable verticle() {
        return verticle;
    }

    @Override
    public void routes(Router router) {
        EventPublisher publisher = new EventPublisher(node, metrics);
        SourceIntake intake = new SourceIntake(node, metrics);
        new WebhookRoute(node.vertx(), sources.of(WebhookSource.class), publisher, intake, metrics, Clock.systemUTC())
                .mount(router, node.maxBody());
    }

    @Override
    public List<TaskStatus> sources() {
        List<TaskStatus> all = new ArrayList<>(verticle.status());
        sources.of(WebhookSource.class)
                .forEach(source ->
                        all.add(metrics.status(source.name(), "webhook", TaskStatus.State.RUNNING, -1, null)));
        return all;
    }
}
