package io.millrace.ingest;

import io.millrace.contracts.domain.Bytes;
import io.millrace.contracts.domain.Domains;
import io.millrace.contracts.domain.EventType;
import io.millrace.contracts.domain.Problem;
import io.millrace.platform.Node;
import io.millrace.platform.Stage;
import io.vertx.core.Deployable;
import io.vertx.ext.web.Router;
import java.util.ArrayList;
import java.util.List;

/** The way in: its HTTP routes and its address on the bus. */
public final class IngestStage implements Stage {
    public static final Stage.Kind<IngestSettings> KIND =
            new Stage.Kind<>("ingest", IngestSettings::from, IngestStage::new);

    /**
     * What is wrong with the packs' limits; empty if nothing is.
     *
     * @param maxBody bytes of an HTTP request, into which an event of every type has to fit
     */
    public static List<Problem> check(Domains domains, long maxBody) {
        List<Problem> problems = new ArrayList<>();
        for (EventType type : domains.types()) {
            if (type.max() != null && type.max() > maxBody) {
                problems.add(domains.place(type)
                        .at("max")
                        .problem("more than a request may have: http.body.max is " + Bytes.text(maxBody)));
            }
        }
        return problems;
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
