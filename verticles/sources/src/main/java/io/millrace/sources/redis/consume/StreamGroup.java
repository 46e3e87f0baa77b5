package io.millrace.sources.redis.consume;

import io.millrace.sources.redis.RedisSource;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The consumer group of a stream: made where it is missing, and asked what became of its entries. Belongs to one event
 * loop.
 */
final class StreamGroup {
    private static final Logger LOG = LoggerFactory.getLogger(StreamGroup.class);
    private static final EntryId NOTHING = new EntryId(0, 0);

    private final RedisConnection connection;
    private final RedisSource.Streams streams;
    private final String stream;
    private final ReadPositions positions;
    private final long answerMs;

    /** What a group lags behind: how many entries wait, and how many were trimmed before it could read them. */
    record Lag(long waiting, long trimmed) {}

    StreamGroup(
            RedisConnection connection,
            RedisSource.Streams streams,
            String stream,
            ReadPositions positions,
            long answerMs) {
        this.connection = connection;
        this.streams = streams;
        this.stream = stream;
        this.positions = positions;
        this.answerMs = answerMs;
    }

    String stream() {
        return stream;
    }

    /**
     * Makes the group if it is missing. One that was there goes on behind the last entry that was taken.
     *
     * @return what an operator must know; empty if it was there, or is new
     */
    Future<Optional<String>> ensure() {
        EntryId known = positions.readUntil(stream);
        if (known == null) {
            return create(streams.fromBeginning() ? "0" : "$")
                    .compose(made -> made ? lastId().map(this::made) : Future.succeededFuture(Optional.empty()));
        }
        return create(known.toString())
                .compose(made -> made ? lostGroup(known) : Future.succeededFuture(Optional.empty()));
    }

    private Optional<String> made(EntryId last) {
        positions.readUntil(stream, streams.fromBeginning() ? NOTHING : last);
        return Optional.empty();
    }

    private Future<Optional<String>> lostGroup(EntryId known) {
        return lastId().compose(last -> {
            boolean anew = last.compareTo(known) < 0;
            String told = "the stream " + stream + (anew ? " was deleted" : " lost its group " + streams.group())
                    + "; it is read on from " + (anew ? "its beginning" : "behind " + known)
                    + ", entries that were deleted unread are lost";
            LOG.warn("{}", told);
            if (!anew) {
                return Future.succeededFuture(Optional.of(told));
            }
            positions.forget(stream);
            positions.readUntil(stream, NOTHING);
            return send(Request.cmd(Command.XGROUP)
                            .arg("SETID")
                            .arg(stream)
                            .arg(streams.group())
                            .arg("0"))
                    .map(Optional.of(told));
        });
    }

    /** Whether it was made; false if it was there. */
    private Future<Boolean> create(String from) {
        return send(Request.cmd(Command.XGROUP)
                        .arg("CREATE")
                        .arg(stream)
                        .arg(streams.group())
                        .arg(from)
                        .arg("MKSTREAM"))
                .map(true)
                .recover(error -> String.valueOf(error.getMessage()).startsWith("BUSYGROUP")
                        ? Future.succeededFuture(false)
                        : Future.failedFuture(error));
    }

    private Future<EntryId> lastId() {
        return info().map(info -> EntryId.parse(info.get("last-generated-id").toString()));
    }

    private Future<Response> info() {
        return send(Request.cmd(Command.XINFO).arg("STREAM").arg(stream));
    }

    /** Redis 7 counts what was added and read; before that nothing is known, and said. */
    Future<Lag> lag() {
        return info().compose(
                        info -> send(Request.cmd(Command.XINFO).arg("GROUPS").arg(stream))
                                .map(groups -> {
                                    for (Response group : groups) {
                                        if (group.get("name").toString().equals(streams.group())) {
                                            return lag(info, group);
                                        }
                                    }
                                    return new Lag(0, 0);
                                }));
    }

    private static Lag lag(Response info, Response group) {
        Response lag = group.get("lag");
        Response read = group.get("entries-read");
        Response added = info.get("entries-added");
        Response first = info.get("first-entry");
        long waiting = lag == null ? 0 : number(lag);
        if (read == null || added == null) {
            return new Lag(waiting, 0);
        }
        EntryId delivered = EntryId.parse(group.get("last-delivered-id").toString());
        boolean trimmedUpToThere =
                first == null || EntryId.parse(first.get(0).toString()).compareTo(delivered) > 0;
        long unread = number(added) - number(read) - number(info.get("length"));
        return new Lag(waiting, trimmedUpToThere ? Math.max(0, unread) : 0);
    }

    private static long number(Response response) {
        return Objects.requireNonNull(response.toLong());
    }

    private Future<Response> send(Request request) {
        return connection.send(request).timeout(answerMs, TimeUnit.MILLISECONDS);
    }
}
