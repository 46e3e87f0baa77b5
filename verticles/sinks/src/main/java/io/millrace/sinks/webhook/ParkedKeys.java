package io.millrace.sinks.webhook;

import io.millrace.contracts.event.Position;
import io.millrace.sinks.parked.ParkedEvent;
import io.millrace.sinks.parked.ParkedEvents;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** The parked events of an endpoint by their keys, in memory. Written by one event loop. */
final class ParkedKeys {
    /** A key's part of the events that may be parked is one of so many. */
    private static final int SHARES = 10;

    /** The parked events of each key, the one to be tried first. */
    private final Map<String, ArrayDeque<ParkedEvent>> parked = new LinkedHashMap<>();
    /** The keys of which an event is being tried. */
    private final Set<String> retrying = new HashSet<>();

    /** Where the events are in their streams: a page that is read again brings those that are parked already. */
    private final Set<String> places = new HashSet<>();

    /** The keys that have their share, with the streams of their events. */
    private final Map<String, Set<String>> crowding = new HashMap<>();

    private final ParkedEvents store;
    private final int enough;
    private final int page;
    private final int share;
    private long loaded;
    /** Whether there may be more in PostgreSQL than here: a mass of them was redriven. */
    private boolean more;

    private boolean loading;
    private volatile int events;

    /**
     * @param enough so many are held; of a key that has a tenth of them the streams wait
     * @param more so many may come in addition
     */
    ParkedKeys(ParkedEvents store, int enough, int more) {
        this.store = store;
        this.enough = enough;
        this.page = enough + more;
        this.share = Math.max(1, enough / SHARES);
    }

    /** Loads the next ones. */
    Future<Void> load() {
        loading = true;
        return store.load(loaded, page).map(found -> {
            loading = false;
            more = found.size() == page;
            for (ParkedEvent event : found) {
                loaded = event.number();
                add(event);
            }
            return null;
        });
    }

    /** The same, if there are more and there is room. */
    Future<Void> loadMore() {
        return more && !loading && events < enough ? load() : Future.succeededFuture();
    }

    /** Whether all are here. Until then nothing new may be sent, so that it overtakes none of its key. */
    boolean areAll() {
        return !more;
    }

    /** Safe from any thread. */
    int size() {
        return events;
    }

    boolean holds(String key) {
        return parked.containsKey(key);
    }

    boolean has(String stream, Position position) {
        return places.contains(place(stream, position));
    }

    private static String place(String stream, Position position) {
        return stream + ' ' + position;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one event loop writes; any thread reads
    void add(ParkedEvent event) {
        places.add(place(event.stream(), event.position()));
        ArrayDeque<ParkedEvent> ofKey = parked.computeIfAbsent(event.key(), key -> new ArrayDeque<>());
        ofKey.add(event);
        events++;
        if (ofKey.size() == share) {
            crowding.put(event.key(), ofKey.stream().map(ParkedEvent::stream).collect(Collectors.toSet()));
        } else if (ofKey.size() > share) {
            Objects.requireNonNull(crowding.get(event.key())).add(event.stream());
        }
    }

    @SuppressWarnings("ReferenceEquality") // the very one that was put in
    void replace(ParkedEvent before, ParkedEvent now) {
        ArrayDeque<ParkedEvent> ofKey = parked.get(before.key());
        if (ofKey != null) {
            List<ParkedEvent> all = new ArrayList<>(ofKey);
            all.replaceAll(each -> each == before ? now : each);
            ofKey.clear();
            ofKey.addAll(all);
        }
    }

    /** Removes the first of a key. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one event loop writes; any thread reads
    void removeFirst(String key) {
        ArrayDeque<ParkedEvent> ofKey = parked.get(key);
        if (ofKey != null) {
            ParkedEvent gone = ofKey.remove();
            places.remove(place(gone.stream(), gone.position()));
            events--;
            if (ofKey.size() < share) {
                crowding.remove(key);
            }
            if (ofKey.isEmpty()) {
                parked.remove(key);
            }
        }
    }

    /** Whether a key has its share of parked events, some of them of this stream. */
    boolean crowd(String stream) {
        return crowding.values().stream().anyMatch(streams -> streams.contains(stream));
    }

    void retries(String key) {
        retrying.add(key);
    }

    void retried(String key) {
        retrying.remove(key);
    }

    int retrying() {
        return retrying.size();
    }

    /** The first of each key that is noted in PostgreSQL and isn't being tried. */
    List<ParkedEvent> firsts() {
        List<ParkedEvent> firsts = new ArrayList<>();
        for (ArrayDeque<ParkedEvent> ofKey : parked.values()) {
            ParkedEvent first = ofKey.element();
            if (first.number() > 0 && !retrying.contains(first.key())) {
                firsts.add(first);
            }
        }
        return firsts;
    }
}
