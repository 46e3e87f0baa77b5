package io.millrace.broadcast.transport;

import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.hub.DeliveryDiagnosis.Result;
import io.millrace.broadcast.hub.Hub;
import io.millrace.contracts.journey.Deliveries.DeliveryStatus;
import io.millrace.contracts.journey.DeliverySummary.Example;
import io.millrace.contracts.journey.DeliverySummary.Outcome;
import io.millrace.contracts.journey.DeliverySummaryQuery;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What became of an event at the connections of one event loop, counted by outcome. Connections are asked in {@link Slices}. Owned by that event loop until it is complete.
 */
final class DeliverySurvey {
    private final Map<DeliveryStatus, Long> counts = new EnumMap<>(DeliveryStatus.class);
    private final Map<DeliveryStatus, List<Example>> examples = new EnumMap<>(DeliveryStatus.class);
    private final int mostExamples;

    private DeliverySurvey(int mostExamples) {
        this.mostExamples = mostExamples;
    }

    static Future<DeliverySurvey> of(Hub hub, DeliverySummaryQuery query, List<Connection> connections) {
        return hub.diagnoseAll(query.event(), query.position()).compose(diagnosis -> {
            DeliverySurvey survey = new DeliverySurvey(query.examples());
            return new Slices(hub.context())
                    .each(connections, connection -> {
                        survey.count(connection, diagnosis.apply(connection));
                        return 1;
                    })
                    .map(survey);
        });
    }

    private void count(Connection connection, Result result) {
        counts.merge(result.status(), 1L, Long::sum);
        List<Example> known = examples.computeIfAbsent(result.status(), status -> new ArrayList<>());
        if (known.size() < mostExamples) {
            known.add(new Example(connection.id(), connection.principal().user(), result.atMicros()));
        }
    }

    /** The outcomes of several event loops together. */
    static List<Outcome> outcomes(List<DeliverySurvey> surveys, int mostExamples) {
        List<Outcome> outcomes = new ArrayList<>();
        for (DeliveryStatus status : DeliveryStatus.values()) {
            long count = surveys.stream()
                    .mapToLong(survey -> survey.counts.getOrDefault(status, 0L))
                    .sum();
            if (count > 0) {
                outcomes.add(new Outcome(
                        status,
                        count,
                        surveys.stream()
                                .flatMap(survey -> survey.examples.getOrDefault(status, List.of()).stream())
                                .limit(mostExamples)
                                .toList()));
            }
        }
        return outcomes;
    }
}
