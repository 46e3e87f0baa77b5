package io.millrace.sources;

import io.millrace.platform.node.NodeContext;
import io.millrace.platform.node.Stage;
import io.millrace.sources.publish.EventPublisher;
import io.millrace.sources.publish.SourceIntake;
import io.millrace.sources.webhook.WebhookRoute;
import io.millrace.sources.webhook.WebhookSource;
import io.vertx.core.Deployable;
import io.vertx.ext.web.Router;
import java.time.Clock;

/** The sources stage: events from systems that don't know Millrace. */
public final class SourcesStage implements Stage {
    private final NodeContext node;
    private final SourcesSettings sources;

    SourcesStage(NodeContext node, SourcesSettings sources) {
        this.node = node;
        this.sources = sources;
    }

    /** @param sources what the node's folder of sources holds */
    public static Stage.Kind<SourcesSettings> kind(SourcesSettings sources) {
        return new Stage.Kind<>("sources", settings -> sources, SourcesStage::new);
    }

    @Override
    public Deployable verticle() {
        return new SourcesVerticle(node, sources);
    }

    @Override
    public void routes(Router router) {
        EventPublisher publisher = new EventPublisher(node);
        SourceIntake intake = new SourceIntake(node);
        new WebhookRoute(node.vertx(), sources.of(WebhookSource.class), publisher, intake, Clock.systemUTC())
                .mount(router, node.maxBody());
    }
}
