package io.millrace.router.path;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.ClientJson;
import io.millrace.contracts.text.Json;
import io.millrace.contracts.text.Micros;
import io.millrace.domain.model.EventType;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.resilience.Breaker;
import io.millrace.platform.schema.EventRules;
import io.millrace.platform.tracing.EventSpan;
import io.millrace.platform.tracing.Hop;
import io.millrace.platform.tracing.Tracing;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Calls the services that packs name as handlers of their types, before an event takes its path. Each handler has a
 * breaker of its own, and in ingest a batcher of its own: a handler that doesn't answer affects only its types, whose
 * events are soon refused at once. Owned by the router verticle's event loop.
 *
 * <p>A handler gets the event in the native form, and {@code publisher}. It replies with nothing, or with
 * {@code {"data": …}}, a merge patch (RFC 7396) of the event's data, which {@link EventRules} must allow, or it fails,
 * and its message goes to the sender. A repeated event is sent to the handler again: a handler must be deterministic,
 * or the repeated event conflicts with the first one.
 */
public final class HandlerInvoker {
    private final NodeContext node;
    private final EventRules rules;
    private final Duration timeout;
    private final Map<String, Asked> byType = new HashMap<>();
    private int underWay;

    /** A handler, which several types may share. */
    private record Asked(String address, Breaker breaker, Timer latency) {}

    /**
     * @param timeout how long a handler may take to answer before the event is refused
     */
    public HandlerInvoker(NodeContext node, Breaker.Limits limits, Duration timeout) {
        this.node = node;
        this.rules = new EventRules(node.domains());
        this.timeout = timeout;
        Map<String, Asked> byAddress = new HashMap<>();
        for (EventType type : node.domains().types()) {
            String address = type.handler();
            if (address != null) {
                byType.put(type.name(), byAddress.computeIfAbsent(address, name -> asked(name, limits)));
            }
        }
    }

    private Asked asked(String address, Breaker.Limits limits) {
        MeterRegistry metrics = node.metrics();
        Timer latency = Timer.builder("millrace.router.handler")
                .tag("handler", address)
                .publishPercentileHistogram()
                .register(metrics);
        return new Asked(address, new Breaker("router", address, limits, metrics), latency);
    }

    /** Routes the events that the handlers accept, as they changed them; one outcome for each event, in order. */
    public Future<Outcomes> before(EventBatch batch, Function<EventBatch, Future<Outcomes>> route) {
        List<Event> events = batch.events();
        if (byType.isEmpty() || events.stream().noneMatch(event -> byType.containsKey(event.type()))) {
            return route.apply(batch);
        }
        underWay++;
        List<Future<Event>> answers = events.stream().map(this::ask).toList();
        return Future.join(answers).eventually(this::answered).transform(all -> {
            List<Event> passed = answers.stream()
                    .filter(Future::succeeded)
                    .map(Future::result)
                    .toList();
            Future<Outcomes> routed = passed.isEmpty()
                    ? Future.succeededFuture(new Outcomes(List.of()))
                    : route.apply(new EventBatch(passed, batch.path()));
            return routed.map(outcomes -> together(events, answers, outcomes.outcomes()));
        });
    }

    private Future<Void> answered() {
        underWay--;
        return Future.succeededFuture();
    }

    public boolean idle() {
        return underWay == 0;
    }

    private static Outcomes together(List<Event> events, List<Future<Event>> answers, List<Outcome> routed) {
        List<Outcome> outcomes = new ArrayList<>(events.size());
        int next = 0;
        for (int i = 0; i < events.size(); i++) {
            Future<Event> answer = answers.get(i);
            outcomes.add(
                    answer.succeeded()
                            ? routed.get(next++)
                            : Outcome.failed(events.get(i).id(), answer.cause()));
        }
        return new Outcomes(outcomes);
    }

    private Future<Event> ask(Event event) {
        Asked handler = byType.get(event.type());
        if (handler == null || event.expired(Micros.now())) {
            return Future.succeededFuture(event);
        }
        long start = System.nanoTime();
        EventSpan span = node.tracing().begin(Hop.ASK, event);
        String trace = Tracing.onward(span, event);
        return handler.breaker
                .run(() -> node.bus().ask(handler.address, shown(event), trace, timeout))
                .onComplete(done -> handler.latency.record(System.nanoTime() - start, TimeUnit.NANOSECONDS))
                .map(reply -> changed(event, handler.address, reply))
                .onComplete(done -> Tracing.end(span, done));
    }

    private static ObjectNode shown(Event event) {
        ObjectNode shown = JsonNodeFactory.instance.objectNode();
        shown.put("id", event.id())
                .put("type", event.type())
                .put("source", event.source())
                .put("timestamp", Micros.text(event.timeMicros()))
                .put("publisher", event.publisher());
        shown.set("data", Json.parse(event.data()));
        ObjectNode metadata =
                Json.parse(event.metadata()).put("priority", event.priority().wire());
        if (event.target() != null) {
            metadata.set("target", event.target().json());
        }
        if (event.exclude() != null) {
            metadata.set("exclude", event.exclude().json());
        }
        shown.set("metadata", metadata);
        return shown;
    }

    private Event changed(Event event, String handler, @Nullable ObjectNode reply) {
        if (reply == null || reply.isEmpty()) {
            return event;
        }
        if (!(reply.get("data") instanceof ObjectNode patch)) {
            throw wrong(handler, "answers neither nothing nor {\"data\": a merge patch}");
        }
        ObjectNode data = Json.merge(Json.parse(event.data()), patch);
        String text = Json.text(data);
        Event changed;
        try {
            ClientJson.object("its data", text);
            EventType type = Objects.requireNonNull(node.domains().type(event.type()), event.type());
            changed = rules.build(type, event.toBuilder(), data, text.getBytes(StandardCharsets.UTF_8));
        } catch (MillraceException broken) {
            throw broken.failure() == Failure.TOO_LARGE
                    ? broken
                    : wrong(handler, "answers what can't be kept: " + broken.getMessage());
        }
        if (!changed.stream().equals(event.stream())) {
            throw wrong(handler, "may not move an event to another stream");
        }
        if (!Objects.equals(changed.entity(), event.entity())) {
            throw wrong(handler, "may not make an event change another entity");
        }
        return changed;
    }

    private static MillraceException wrong(String handler, String what) {
        return new MillraceException(Failure.INTERNAL, "the handler " + handler + " " + what);
    }
}
