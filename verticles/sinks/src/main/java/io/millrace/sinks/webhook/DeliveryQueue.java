package io.millrace.sinks.webhook;

import io.millrace.platform.tracing.EventSpan;
import io.millrace.platform.tracing.Hop;
import io.millrace.platform.tracing.Tracing;
import io.millrace.sinks.message.SinkContext;
import io.millrace.sinks.message.SinkMessage;
import io.millrace.sinks.message.SinkMetrics;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The deliveries to an endpoint, so many at once, and what they say of it: that it is back, or of no use any more. Belongs
 * to one event loop.
 */
final class DeliveryQueue {
    private static final int GONE = 410;

    private final SinkContext context;
    private final WebhookClient client;
    private final EndpointHealth health;
    private final int most;
    private final Runnable back;
    private final Consumer<String> useless;
    private final ArrayDeque<Promise<Void>> waiting = new ArrayDeque<>();
    private int underWay;
    private boolean closed;

    /**
     * @param most deliveries at once; others wait for their turn
     * @param back called when the endpoint takes deliveries again
     * @param useless gets the reason why nothing is to be sent there any more
     */
    DeliveryQueue(
            SinkContext context,
            WebhookClient client,
            EndpointHealth health,
            int most,
            Runnable back,
            Consumer<String> useless) {
        this.context = context;
        this.client = client;
        this.health = health;
        this.most = most;
        this.back = back;
        this.useless = useless;
    }

    /**
     * Delivers when it is its turn; fails if the sink has ended by then.
     *
     * @param still asked then, since much may have happened meanwhile; if not, it isn't tried
     */
    Future<WebhookClient.Result> deliver(SinkMessage message, byte[] body, BooleanSupplier still) {
        return turn().compose(ours -> {
                    if (closed || !context.lease().isHeld()) {
                        return Future.<WebhookClient.Result>failedFuture(
                                context.lease().lost());
                    }
                    return still.getAsBoolean()
                            ? deliver(message, body)
                            : Future.succeededFuture(WebhookClient.Result.NOT_TRIED);
                })
                .onComplete(done -> next())
                .onSuccess(this::note);
    }

    /** One attempt; never fails. */
    private Future<WebhookClient.Result> deliver(SinkMessage message, byte[] body) {
        EventSpan span = context.node().tracing().begin(Hop.DELIVER, message.event());
        return client.deliver(WebhookSigner.id(message), body, Tracing.onward(span, message.event()))
                .onSuccess(result -> {
                    if (span != null && result.delivered()) {
                        span.end();
                    } else if (span != null) {
                        span.fail(Integer.toString(result.status()), result.problem());
                    }
                });
    }

    private Future<Void> turn() {
        if (underWay < most) {
            underWay++;
            return Future.succeededFuture();
        }
        Promise<Void> turn = Promise.promise();
        waiting.add(turn);
        return turn.future();
    }

    private void next() {
        Promise<Void> next = waiting.poll();
        if (next == null) {
            underWay--;
        } else {
            next.complete();
        }
    }

    private void note(WebhookClient.Result result) {
        if (!result.tried()) {
            return;
        }
        if (result.delivered()) {
            boolean wasDown = health.isDown();
            health.delivered();
            if (wasDown && !health.isDown()) {
                back.run();
            }
            context.metrics().count(SinkMetrics.Outcome.SENT, 1);
            return;
        }
        health.failed(result);
        context.metrics()
                .failed(
                        result.status() == 0 ? "unanswered" : Integer.toString(result.status()),
                        "the endpoint " + result.problem());
        if (result.status() == GONE) {
            useless.accept("the endpoint answered 410: it is gone for good");
        } else if (health.isHopeless()) {
            useless.accept(String.valueOf(health.problem()));
        }
    }

    /** What waits isn't delivered any more. */
    Future<Void> close() {
        closed = true;
        return client.close();
    }
}
