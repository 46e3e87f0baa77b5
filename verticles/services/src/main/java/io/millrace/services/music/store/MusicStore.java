package io.millrace.services.music.store;

import io.millrace.services.state.ServiceDatabase;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Queues, history and settings of guilds, in PostgreSQL. What is done twice is the same as once. Safe from any thread. */
public final class MusicStore {
    private static final String COLUMNS = " id, guild, channel, user_id, track, autoplay, status, attempts";

    private static final String ADD =
            """
            insert into music_items (id, guild, channel, user_id, track, identifier, autoplay)
            values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing""";

    private static final String PLACE = "select count(*) from music_items where guild = $1 and status = 'queued'"
            + " and number <= (select number from music_items where id = $2)";

    private static final String START =
            """
            update music_items set status = 'playing' where id = (select id from music_items
              where guild = $1 and status = 'queued' order by number limit 1)
              and not exists (select from music_items where guild = $1 and status = 'playing')""";

    private static final String PLAYING =
            "select" + COLUMNS + " from music_items where guild = $1 and status = 'playing'";

    private static final String END =
            """
            update music_items set status = $2, reason = $3, ended_at = clock_timestamp(), ended_by = $4
            where id = $1 and status = 'playing'
              and number <= coalesce((select last from music_ends where event = $4), number) returning"""
                    + COLUMNS;

    private static final String REACH =
            """
            with old as (delete from music_ends where at < clock_timestamp() - interval '7 days')
            insert into music_ends (event, guild, last)
            select $1, $2, coalesce(max(number), 0) from music_items where guild = $2
            on conflict (event) do nothing""";

    private static final String END_ALL =
            """
            update music_items set status = 'skipped', reason = $2, ended_at = clock_timestamp(), ended_by = $3
            where guild = $1 and status in ('queued', 'playing')
              and number <= (select last from music_ends where event = $3)""";

    private static final String LATER = "select from music_items where guild = $1"
            + " and number > (select last from music_ends where event = $2) limit 1";

    /** There is one. */
    private static final String NODE = "lavalink";

    private static final String RECENT = "select" + COLUMNS
            + " from music_items where guild = $1 and started_at is not null" + " order by number desc limit $2";

    private final ServiceDatabase database;

    public MusicStore(ServiceDatabase database) {
        this.database = database;
    }

    private Future<RowSet<Row>> run(String sql, Tuple values) {
        return database.pool().preparedQuery(sql).execute(values);
    }

    /** Completes with how many tracks wait, this one included; 0 if it waits no more. */
    public Future<Integer> add(QueueItem item) {
        return run(
                        ADD,
                        Tuple.of(
                                item.id(),
                                item.guild(),
                                item.channel(),
                                item.user(),
                                item.track(),
                                item.identifier(),
                                item.autoplay()))
                .compose(added -> run(PLACE, Tuple.of(item.guild(), item.id())))
                .map(rows -> rows.iterator().next().getLong(0).intValue());
    }

    public Future<Integer> waiting(String guild) {
        return run("select count(*) from music_items where guild = $1 and status = 'queued'", Tuple.of(guild))
                .map(rows -> rows.iterator().next().getLong(0).intValue());
    }

    /** Makes the next track the playing one, if none is; completes with the playing one, or null. */
    public Future<@Nullable QueueItem> startNext(String guild) {
        return run(START, Tuple.of(guild)).<@Nullable QueueItem>compose(started -> playing(guild));
    }

    public Future<@Nullable QueueItem> playing(String guild) {
        return run(PLAYING, Tuple.of(guild)).<@Nullable QueueItem>map(MusicStore::first);
    }

    /** Whether an event has ended a track already. */
    public Future<Boolean> hasEnded(String event) {
        return run("select from music_items where ended_by = $1", Tuple.of(event))
                .map(rows -> rows.size() > 0);
    }

    /** Notes that the player plays it: it is in the history from now on. Completes with it, or null if it plays no more. */
    public Future<@Nullable QueueItem> started(String id) {
        return run(
                        "update music_items set started_at = coalesce(started_at, clock_timestamp())"
                                + " where id = $1 and status = 'playing' returning" + COLUMNS,
                        Tuple.of(id))
                .<@Nullable QueueItem>map(MusicStore::first);
    }

    /** Counts another attempt. Completes with the item, or null if it plays no more. */
    public Future<@Nullable QueueItem> again(String id, int attempt) {
        return run(
                        "update music_items set attempts = $2 where id = $1 and status = 'playing' returning" + COLUMNS,
                        Tuple.of(id, attempt))
                .<@Nullable QueueItem>map(MusicStore::first);
    }

    /** Ends the playing track. Completes with it, or null if it plays no more. */
    public Future<@Nullable QueueItem> end(String id, String status, String reason, String event) {
        return run(END, Tuple.of(id, status, reason, event)).<@Nullable QueueItem>map(MusicStore::first);
    }

    /** Notes how far an event ends what plays or waits: no further than what is there when it first comes. */
    public Future<Void> reach(String event, String guild) {
        return run(REACH, Tuple.of(event, guild)).mapEmpty();
    }

    /**
     * What an event has ended.
     *
     * @param items the oldest first; the same when the event comes again
     * @param isLatest whether nothing was asked for since it first came
     */
    public record Ended(List<QueueItem> items, boolean isLatest) {}

    /** Ends whatever played or waited when the event first came. */
    public Future<Ended> endAll(String guild, String reason, String event) {
        return reach(event, guild)
                .compose(noted -> run(END_ALL, Tuple.of(guild, reason, event)))
                .compose(ended -> run(
                        "select" + COLUMNS + " from music_items where ended_by = $1 order by number", Tuple.of(event)))
                .compose(items ->
                        run(LATER, Tuple.of(guild, event)).map(later -> new Ended(all(items), later.size() == 0)));
    }

    /** The session of the Lavalink node; null if there was none yet. */
    public Future<@Nullable String> session() {
        return run("select session from music_sessions where node = $1", Tuple.of(NODE))
                .<@Nullable String>map(
                        rows -> rows.size() == 0 ? null : rows.iterator().next().getString(0));
    }

    public Future<Void> setSession(String session) {
        return run(
                        "insert into music_sessions (node, session) values ($1, $2)"
                                + " on conflict (node) do update set session = excluded.session",
                        Tuple.of(NODE, session))
                .mapEmpty();
    }

    public Future<@Nullable QueueItem> find(String id) {
        return run("select" + COLUMNS + " from music_items where id = $1", Tuple.of(id))
                .<@Nullable QueueItem>map(MusicStore::first);
    }

    /** What was played last, the newest first. */
    public Future<List<QueueItem>> history(String guild, int most) {
        return run(RECENT, Tuple.of(guild, most)).map(MusicStore::all);
    }

    public Future<JsonObject> config(String guild) {
        return run("select config from music_guilds where guild = $1", Tuple.of(guild))
                .map(rows -> rows.size() == 0
                        ? new JsonObject()
                        : (JsonObject) rows.iterator().next().getJson(0));
    }

    /** Merges settings into those of a guild; null removes one. */
    public Future<Void> configure(String guild, JsonObject changed) {
        return database.pool().withTransaction(connection -> connection
                .preparedQuery("insert into music_guilds (guild) values ($1) on conflict do nothing")
                .execute(Tuple.of(guild))
                .compose(made -> connection
                        .preparedQuery("select config from music_guilds where guild = $1 for update")
                        .execute(Tuple.of(guild)))
                .compose(rows -> {
                    JsonObject config = (JsonObject) rows.iterator().next().getJson(0);
                    JsonObject merged = config.mergeIn(changed);
                    changed.fieldNames().stream()
                            .filter(name -> changed.getValue(name) == null)
                            .forEach(merged::remove);
                    return connection
                            .preparedQuery("update music_guilds set config = $2 where guild = $1")
                            .execute(Tuple.of(guild, merged));
                })
                .mapEmpty());
    }

    /** The guild's voice connection: token, endpoint, sessionId, channelId; null if the bot is in no channel. */
    public Future<@Nullable JsonObject> voice(String guild) {
        return run("select voice from music_guilds where guild = $1", Tuple.of(guild))
                .<@Nullable JsonObject>map(rows -> rows.size() == 0
                        ? null
                        : (JsonObject) rows.iterator().next().getJson(0));
    }

    public Future<Void> setVoice(String guild, @Nullable JsonObject voice) {
        return run(
                        "insert into music_guilds (guild, voice) values ($1, $2)"
                                + " on conflict (guild) do update set voice = excluded.voice",
                        Tuple.of(guild, voice))
                .mapEmpty();
    }

    /** What plays in all guilds. */
    public Future<List<QueueItem>> playing() {
        return run("select" + COLUMNS + " from music_items where status = 'playing'", Tuple.tuple())
                .map(MusicStore::all);
    }

    private static @Nullable QueueItem first(RowSet<Row> rows) {
        return rows.size() == 0 ? null : item(rows.iterator().next());
    }

    private static List<QueueItem> all(RowSet<Row> rows) {
        List<QueueItem> items = new ArrayList<>();
        rows.forEach(row -> items.add(item(row)));
        return items;
    }

    private static QueueItem item(Row row) {
        return new QueueItem(
                row.getString("id"),
                row.getString("guild"),
                row.getString("channel"),
                row.getString("user_id"),
                (JsonObject) row.getJson("track"),
                row.getBoolean("autoplay"),
                row.getString("status"),
                row.getInteger("attempts"));
    }
}
