package io.millrace.platform.resilience;

import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Splits a batch by a key, sends the parts, and puts the outcomes back into the order of the events. Without state. */
public final class BatchSplitter {
    private BatchSplitter() {}

    /**
     * Completes with one outcome for each event, in order. If a part fails, only its events fail; a batch with a single
     * key is sent as it is, and fails as a whole.
     *
     * @param send sends a part; completes with one outcome for each of its events, in order
     */
    public static <K> Future<List<Outcome>> send(
            List<Event> events, Function<Event, K> key, BiFunction<K, List<Event>, Future<List<Outcome>>> send) {
        Map<K, List<Integer>> parts = new LinkedHashMap<>();
        for (int i = 0; i < events.size(); i++) {
            parts.computeIfAbsent(key.apply(events.get(i)), first -> new ArrayList<>())
                    .add(i);
        }
        if (parts.size() == 1) {
            return send.apply(parts.keySet().iterator().next(), events);
        }
        Outcome[] outcomes = new Outcome[events.size()];
        List<Future<List<Outcome>>> sent = new ArrayList<>();
        parts.forEach((part, places) -> {
            List<Event> chosen = places.stream().map(events::get).toList();
            sent.add(send.apply(part, chosen)
                    .otherwise(error -> Outcome.failed(chosen, error))
                    .onSuccess(answers -> {
                        for (int i = 0; i < answers.size(); i++) {
                            outcomes[places.get(i)] = answers.get(i);
                        }
                    }));
        });
        return Future.join(sent).map(done -> List.of(outcomes));
    }
}
