package io.millrace.sources;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.deadletter.DeadLetterReport;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.NodeContext;
import io.millrace.sources.publish.ConfiguredSource;
import io.millrace.sources.publish.SourceIntake;
import io.millrace.sources.publish.SourceMetrics;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import org.jspecify.annotations.Nullable;

/** What the stage does without being asked by a sender of webhooks. All state belongs to one event loop. */
final class SourcesVerticle extends VerticleBase {
    private final NodeContext node;
    private final SourcesSettings sources;
    private final SourceIntake intake;
    private Bus.@Nullable Registration redriven;

    SourcesVerticle(NodeContext node, SourceMetrics metrics, SourcesSettings sources) {
        this.node = node;
        this.sources = sources;
        this.intake = new SourceIntake(node, metrics);
    }

    @Override
    public Future<?> start() {
        return node.bus().serve(Addresses.SOURCE_MESSAGES, this::takeAgain).onSuccess(served -> redriven = served);
    }

    private Future<Outcomes> takeAgain(DeadLetterReport letter) {
        for (ConfiguredSource source : sources.all()) {
            if (source.source().name().equals(letter.source())) {
                return intake.again(source, SourceIntake.message(letter));
            }
        }
        throw new MillraceException(Failure.NOT_FOUND, "there is no source " + letter.source() + " any more");
    }

    @Override
    public Future<?> stop() {
        return redriven == null ? Future.succeededFuture() : redriven.close();
    }
}
