package io.millrace.sinks;

import io.millrace.contracts.cluster.TaskStatus;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.node.Stage;
import io.vertx.core.Deployable;
import java.util.List;

/** The sinks stage: streams go out to systems that don't know Millrace. */
public final class SinksStage implements Stage {
    private final SinksVerticle verticle;

    SinksStage(NodeContext node, SinksSettings sinks) {
        this.verticle = new SinksVerticle(node, sinks);
    }

    /** @param sinks what the node's folder of sinks holds */
    public static Stage.Kind<SinksSettings> kind(SinksSettings sinks) {
        return new Stage.Kind<>("sinks", sinks::with, SinksStage::new);
    }

    @Override
    public Deployable verticle() {
        return verticle;
    }

    @Override
    public List<TaskStatus> sinks() {
        return verticle.status();
    }
}
