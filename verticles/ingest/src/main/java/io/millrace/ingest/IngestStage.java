package io.millrace.ingest;

import io.millrace.contracts.domain.Domains;
import io.millrace.contracts.domain.Problem;
import io.millrace.platform.Node;
import io.millrace.platform.Stage;
import io.vertx.core.Deployable;
import io.vertx.ext.web.Router;
import java.util.List;

/** The way in: its HTTP routes and its address on the bus. */
public final class IngestStage implements Stage {
    public static final Stage.Kind<IngestSettings> KIND =
            new Stage.Kind<>("ingest", IngestSettings::from, IngestStage::new);

    /** What is wrong with the packs' JSON Schemas; empty if nothing is. */
    public static List<Problem> check(Domains domains) {
        return SchemaSet.check(domains);
    }

    private final Node node;
    private final IngestSettings settings;

    IngestStage(Node node, IngestSettings settings) {
        this.node = node;
        this.settings = settings;
    }

    @Override
    public Deployable verticle() {
        return new BusIntake(node, settings);
    }

    @Override
    public void routes(Router router) {
        new IngestRoutes(node, settings, new Intake("http", settings, node)).mount(router, node.maxBody());
    }
}
