package io.millrace.api.journey;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.journey.Journey;
import io.millrace.contracts.journey.Journey.Happened;
import io.millrace.contracts.journey.Journey.Stop;
import io.millrace.contracts.journey.JourneyQuery;
import io.millrace.contracts.journey.Journeys;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.Namespace;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.delivery.Visibility;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds the events of an id that a client may see, with their journeys. */
public final class JourneySearch {
    private final DomainModel domains;
    private final Bus bus;

    public JourneySearch(DomainModel domains, Bus bus) {
        this.domains = domains;
        this.bus = bus;
    }

    /** At least one, or fails with the same answer for a hidden event as for an unknown one. */
    Future<List<Journey>> visible(JourneyQuery query, Principal who) {
        return find(query).map(found -> {
            List<Journey> seen = found.stream()
                    .filter(journey -> visibility(journey, who).sees(journey.event(), who, ""))
                    .toList();
            if (seen.isEmpty()) {
                throw new MillraceException(
                        Failure.NOT_FOUND, "there is no event " + query.id() + ", or you may not see it");
            }
            return seen;
        });
    }

    Visibility visibility(Journey journey, Principal who) {
        String stream = journey.event().stream();
        Namespace namespace = domains.namespaceOf(stream);
        return namespace == null ? Visibility.NOTHING : Visibility.of(domains, namespace, stream, who);
    }

    /**
     * The journeys in PostgreSQL; if one hasn't ended, those in the queue; and PostgreSQL once more, in case the event
     * was committed in between.
     */
    private Future<List<Journey>> find(JourneyQuery query) {
        return committed(query)
                .compose(known -> over(known) ? Future.succeededFuture(known) : waiting(query, known))
                .recover(error -> MillraceException.of(error).failure() == Failure.UNAVAILABLE
                        ? waiting(query, List.of())
                        : Future.failedFuture(error));
    }

    private Future<List<Journey>> committed(JourneyQuery query) {
        return bus.request(Addresses.JOURNEY, query).map(Journeys::journeys);
    }

    private Future<List<Journey>> waiting(JourneyQuery query, List<Journey> known) {
        return bus.request(Addresses.QUEUE_SEARCH, query)
                .map(Journeys::journeys)
                .compose(waiting ->
                        waiting.isEmpty() ? committed(query) : Future.succeededFuture(joined(known, waiting)));
    }

    private static boolean over(List<Journey> journeys) {
        return !journeys.isEmpty()
                && journeys.stream().allMatch(journey -> journey.ended() || last(journey) != Happened.REDRIVEN);
    }

    static @Nullable Happened last(Journey journey) {
        List<Stop> stops = journey.stops();
        return stops.isEmpty() ? null : stops.get(stops.size() - 1).happened();
    }

    /** A redriven event waits again. */
    private static List<Journey> joined(List<Journey> before, List<Journey> waiting) {
        Map<String, Journey> bySource = new LinkedHashMap<>();
        before.forEach(journey -> bySource.put(journey.event().source(), journey));
        waiting.forEach(journey -> bySource.merge(
                journey.event().source(),
                journey,
                (known, now) -> known.ended()
                        ? known
                        : known.with(Stream.concat(known.stops().stream(), now.stops().stream())
                                .toList())));
        return List.copyOf(bySource.values());
    }
}
