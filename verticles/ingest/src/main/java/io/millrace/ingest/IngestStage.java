package io.millrace.ingest;

import io.millrace.contracts.event.Event;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.EventType;
import io.millrace.domain.yaml.ByteSizes;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.ingest.intake.EventValidator;
import io.millrace.ingest.intake.IngestService;
import io.millrace.ingest.intake.IngestVerticle;
import io.millrace.ingest.intake.PublishingLimits;
import io.millrace.ingest.parse.EnvelopeReader;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.node.Stage;
import io.vertx.core.Deployable;
import io.vertx.ext.web.Router;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** The ingest stage: its HTTP routes and its addresses on the bus. */
public final class IngestStage implements Stage {
    public static final Stage.Kind<IngestSettings> KIND =
            new Stage.Kind<>("ingest", IngestSettings::from, IngestStage::new);

    /**
     * The mistakes in the packs' limits; empty if there are none.
     *
     * @param maxBody the largest number of bytes in a request's body, into which an event of every type has to fit
     */
    public static List<ConfigurationError> check(DomainModel domains, long maxBody) {
        List<ConfigurationError> problems = new ArrayList<>();
        for (EventType type : domains.types()) {
            if (type.max() != null && type.max() > maxBody) {
                problems.add(domains.place(type)
                        .at("max")
                        .problem("more than a request may have: http.body.max is " + ByteSizes.text(maxBody)));
            }
        }
        return problems;
    }

    /**
     * Checks an event as if it were published now.
     *
     * @param event in the native form, a JSON object as bytes
     * @return as it would be stored
     * @throws MillraceException why it would be refused
     */
    public static Event check(DomainModel domains, IngestSettings settings, byte[] event, Principal publisher) {
        return new EventValidator(domains, Clock.systemUTC(), settings.future())
                .check(EnvelopeReader.one(event, 0, event.length, EnvelopeReader.Form.NATIVE), publisher);
    }

    private final NodeContext node;
    private final IngestSettings settings;
    private final PublishingLimits limits;

    IngestStage(NodeContext node, IngestSettings settings) {
        this.node = node;
        this.settings = settings;
        this.limits = new PublishingLimits(node.limits(), settings);
    }

    @Override
    public Deployable verticle() {
        return new IngestVerticle(node, settings, limits);
    }

    @Override
    public void routes(Router router) {
        new IngestRoutes(node, settings, new IngestService("http", settings, node, limits))
                .mount(router, node.maxBody());
    }
}
