package io.millrace.sources.kafka;

import io.millrace.contracts.deadletter.DeadLetterCommandResult;
import io.millrace.contracts.deadletter.DeadLetterReport;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.event.PublishRequest;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What an ingest stage and the dead letters behind it got from all nodes: each (source, id) and each place once. */
final class Ingested {
    /** Why an event is refused; null takes it. */
    volatile Function<JsonObject, @Nullable MillraceException> refusing = event -> null;
    /** Refuses whole requests; null takes them. */
    volatile @Nullable MillraceException down;

    private final List<JsonObject> events = new ArrayList<>();
    private final Set<String> identities = new HashSet<>();
    private final Map<String, DeadLetterReport> dead = new TreeMap<>();
    private int requests;
    private int duplicates;

    synchronized Future<Outcomes> publish(PublishRequest request) {
        requests++;
        MillraceException why = down;
        if (why != null) {
            return Future.failedFuture(why);
        }
        if (request.events().stream().mapToLong(event -> event.length).sum() > SourceNode.MAX_BODY) {
            return Future.failedFuture(new MillraceException(Failure.TOO_LARGE, "too many bytes of events"));
        }
        List<Outcome> outcomes = new ArrayList<>();
        for (byte[] bytes : request.events()) {
            outcomes.add(take(new JsonObject(Buffer.buffer(bytes))));
        }
        return Future.succeededFuture(new Outcomes(outcomes));
    }

    private Outcome take(JsonObject event) {
        String id = event.getString("id");
        MillraceException refused = refusing.apply(event);
        if (refused != null) {
            return Outcome.failed(id, refused);
        }
        boolean fresh = identities.add(event.getString("source") + " " + id);
        if (fresh) {
            events.add(event);
        } else {
            duplicates++;
        }
        return new Outcome(
                fresh ? Outcome.Status.COMMITTED : Outcome.Status.DUPLICATE,
                id,
                "things",
                null,
                null,
                null,
                Event.ANY_VERSION,
                List.of());
    }

    synchronized Future<DeadLetterCommandResult> keep(DeadLetterReport letter) {
        dead.put(letter.place() + "/" + letter.partition() + "/" + letter.offset(), letter);
        return Future.succeededFuture(new DeadLetterCommandResult(1, 1));
    }

    synchronized List<JsonObject> events() {
        return List.copyOf(events);
    }

    synchronized int count() {
        return events.size();
    }

    synchronized int requests() {
        return requests;
    }

    synchronized int duplicates() {
        return duplicates;
    }

    /** The dead letter of what was at topic/partition/offset. */
    synchronized DeadLetterReport dead(String place) {
        return Objects.requireNonNull(dead.get(place), () -> "no dead letter of " + place + ": " + dead.keySet());
    }

    /** By topic/partition/offset. */
    synchronized Map<String, DeadLetterReport> dead() {
        return new TreeMap<>(dead);
    }
}
