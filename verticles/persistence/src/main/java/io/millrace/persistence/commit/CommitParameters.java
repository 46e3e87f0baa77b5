package io.millrace.persistence.commit;

import io.millrace.contracts.event.CommitPath;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.persistence.entity.ChangedEntity;
import io.millrace.persistence.entity.EntityChanges;
import io.millrace.persistence.store.CommitSql;
import io.millrace.persistence.store.RecipientsJson;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Turns rows into the arrays that {@code unnest} takes: one parameter a column. */
public final class CommitParameters {
    /** A row's value in a column; may be null. */
    private interface Cell<T, C> {
        @Nullable
        C of(T row);
    }

    private CommitParameters() {}

    static Tuple names(List<String> names) {
        return Tuple.of(column(names, String[]::new, name -> name));
    }

    static Tuple identities(List<Event> events) {
        return Tuple.of(column(events, String[]::new, Event::source), column(events, String[]::new, Event::id));
    }

    static Tuple entities(List<EntityRef> refs) {
        return Tuple.of(
                column(refs, String[]::new, EntityRef::kind),
                column(refs, String[]::new, EntityRef::stream),
                column(refs, String[]::new, EntityRef::id));
    }

    static Tuple since(Map<EntityRef, Long> late) {
        List<EntityRef> refs = List.copyOf(late.keySet());
        Tuple tuple = entities(refs);
        add(tuple, refs, Long[]::new, late::get);
        return tuple;
    }

    /**
     * The parameters of {@link CommitSql#WRITE}.
     *
     * @param after the commit that must be the last of the session; null if it doesn't matter
     * @param number the number of this commit, unique in the session
     */
    static Tuple write(CommitPlan commit, @Nullable String after, String number) {
        Tuple tuple = Tuple.tuple();
        List<CommitPlan.Stream> moved = commit.moved();
        add(tuple, moved, Integer[]::new, stream -> stream.id);
        add(tuple, moved, String[]::new, stream -> stream.epoch);
        add(tuple, moved, Long[]::new, stream -> stream.was);
        add(tuple, moved, Long[]::new, stream -> stream.head);
        events(tuple, commit.written());
        changes(tuple, commit.entities().changes());
        List<ChangedEntity> updated = commit.entities().updated();
        add(tuple, updated, Long[]::new, ChangedEntity::base);
        entities(tuple, updated);
        entities(tuple, commit.entities().made());
        tuple.addString(after).addString(number);
        add(
                tuple,
                commit.written(),
                String[]::new,
                row -> row.change() == null ? null : row.change().previousOwner());
        return tuple;
    }

    private static void events(Tuple tuple, List<CommitPlan.Written> rows) {
        add(tuple, rows, Integer[]::new, CommitPlan.Written::stream);
        add(tuple, rows, Long[]::new, CommitPlan.Written::pos);
        add(tuple, rows, String[]::new, row -> row.event().id());
        add(tuple, rows, String[]::new, row -> row.event().source());
        add(tuple, rows, String[]::new, row -> row.event().type());
        add(tuple, rows, Long[]::new, row -> row.event().timeMicros());
        add(tuple, rows, Short[]::new, row -> (short) row.event().priority().ordinal());
        add(tuple, rows, String[]::new, row -> text(row.event().data()));
        add(tuple, rows, String[]::new, row -> metadata(row.event()));
        add(tuple, rows, String[]::new, row -> RecipientsJson.text(row.event()));
        add(tuple, rows, String[]::new, row -> row.event().owner());
        add(
                tuple,
                rows,
                String[]::new,
                row -> row.event().entity() == null
                        ? null
                        : row.event().entity().kind());
        add(
                tuple,
                rows,
                String[]::new,
                row -> row.event().entity() == null
                        ? null
                        : row.event().entity().id());
        add(
                tuple,
                rows,
                Long[]::new,
                row -> row.change() != null
                        ? Long.valueOf(row.change().version())
                        : row.event().entity() == null ? null : 0L);
        add(tuple, rows, String[]::new, row -> row.event().publisher());
        add(tuple, rows, Long[]::new, row -> row.event().acceptedAtMicros());
        paths(tuple, rows, CommitPlan.Written::path);
    }

    /** The parameters of the statement that records dropped events, without the stage. */
    static Tuple dropped(CommitBatch dropped) {
        Tuple tuple = Tuple.tuple();
        List<Event> events = dropped.events();
        add(tuple, events, String[]::new, Event::id);
        add(tuple, events, String[]::new, Event::source);
        add(tuple, events, String[]::new, Event::type);
        add(tuple, events, String[]::new, Event::stream);
        add(tuple, events, String[]::new, Event::owner);
        add(tuple, events, String[]::new, RecipientsJson::text);
        add(tuple, events, Short[]::new, event -> (short) event.priority().ordinal());
        add(tuple, events, String[]::new, Event::publisher);
        add(tuple, events, Long[]::new, Event::acceptedAtMicros);
        paths(tuple, dropped.paths(), path -> path);
        return tuple;
    }

    private static <T> void paths(Tuple tuple, List<T> rows, Function<T, CommitPath> path) {
        add(tuple, rows, Long[]::new, row -> {
            long taken = path.apply(row).takenMicros();
            return taken == 0 ? null : taken;
        });
        add(tuple, rows, Short[]::new, row -> (short) Math.min(path.apply(row).attempt(), Short.MAX_VALUE));
        add(tuple, rows, Short[]::new, row -> (short) path.apply(row).path().ordinal());
    }

    private static void changes(Tuple tuple, List<EntityChanges.Change> rows) {
        add(tuple, rows, String[]::new, row -> row.ref().kind());
        add(tuple, rows, String[]::new, row -> row.ref().id());
        add(tuple, rows, Long[]::new, EntityChanges.Change::version);
        add(tuple, rows, Integer[]::new, EntityChanges.Change::stream);
        add(tuple, rows, Long[]::new, EntityChanges.Change::pos);
        add(tuple, rows, String[]::new, EntityChanges.Change::by);
        add(tuple, rows, String[]::new, EntityChanges.Change::after);
        add(tuple, rows, String[]::new, EntityChanges.Change::before);
        add(tuple, rows, Long[]::new, EntityChanges.Change::at);
    }

    private static void entities(Tuple tuple, List<ChangedEntity> rows) {
        add(tuple, rows, String[]::new, row -> row.ref().kind());
        add(tuple, rows, String[]::new, row -> row.ref().id());
        add(tuple, rows, Long[]::new, ChangedEntity::version);
        add(tuple, rows, String[]::new, ChangedEntity::text);
        add(tuple, rows, Integer[]::new, ChangedEntity::stream);
        add(tuple, rows, Long[]::new, ChangedEntity::pos);
        add(tuple, rows, Long[]::new, ChangedEntity::asOf);
        add(tuple, rows, Long[]::new, ChangedEntity::wholeAt);
        add(tuple, rows, String[]::new, ChangedEntity::owner);
    }

    private static @Nullable String metadata(Event event) {
        return event.metadata().length == 2 ? null : text(event.metadata());
    }

    private static String text(byte[] json) {
        return new String(json, StandardCharsets.UTF_8);
    }

    private static <T, C> void add(Tuple tuple, List<T> rows, IntFunction<C[]> array, Cell<T, C> value) {
        tuple.addValue(column(rows, array, value));
    }

    private static <T, C> Object column(List<T> rows, IntFunction<C[]> array, Cell<T, C> value) {
        @Nullable C[] column = array.apply(rows.size());
        for (int i = 0; i < column.length; i++) {
            column[i] = value.of(rows.get(i));
        }
        return column;
    }
}
