package io.millrace.sources.redis.consume;

import io.millrace.postgres.lease.Lease;
import io.millrace.sources.intake.RetryingIntake;
import io.millrace.sources.intake.SourceMessage;
import io.millrace.sources.redis.RedisSource;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads streams by their groups, one batch after the other: taken, then acknowledged in Redis, then the next. What a run
 * before this one, or another consumer that is gone, has read and not acknowledged comes first. Belongs to one event loop.
 */
final class StreamReader {
    private static final Logger LOG = LoggerFactory.getLogger(StreamReader.class);

    /** There is one at a time, so that what one leaves its successor finds as its own. */
    private static final String CONSUMER = "millrace";

    private static final int AT_ONCE = 100;
    /** Shorter than any lease, so that a node that hangs is sent nothing any more when another takes over. */
    private static final long BLOCK_MS = 1_000;

    private static final long ANSWER_MS = 5_000;
    private static final long ABANDONED_MS = 60_000;
    private static final long LOOK_BACK_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final RedisConnection connection;
    private final RedisSource.Streams streams;
    private final Lease lease;
    private final RetryingIntake taker;
    private final ReadPositions positions;
    private final List<StreamGroup> groups;
    /** What is to be done before new entries are read. */
    private final ArrayDeque<Supplier<Future<Void>>> old = new ArrayDeque<>();

    private final Promise<Void> ended = Promise.promise();
    private boolean stopping;
    private long lookedBackNanos = System.nanoTime() - LOOK_BACK_NANOS - 1;
    private final Map<String, Long> waiting = new ConcurrentHashMap<>();
    private volatile @Nullable String problem;

    StreamReader(
            RedisConnection connection,
            RedisSource.Streams streams,
            Lease lease,
            RetryingIntake taker,
            ReadPositions positions) {
        this.connection = connection;
        this.streams = streams;
        this.lease = lease;
        this.taker = taker;
        this.positions = positions;
        this.groups = streams.names().stream()
                .map(stream -> new StreamGroup(connection, streams, stream, positions, ANSWER_MS))
                .toList();
    }

    /** Completes when every group is there. */
    Future<Void> prepare() {
        Future<Void> prepared = Future.succeededFuture();
        for (StreamGroup group : groups) {
            prepared = prepared.compose(before -> group.ensure()).map(told -> {
                told.ifPresent(lost -> problem = lost);
                return null;
            });
        }
        return prepared;
    }

    /** Reads until it is stopped, and completes then; fails with what Redis says, or if the lease has ended. */
    Future<Void> read() {
        step();
        return ended.future();
    }

    private void step() {
        if (stopping) {
            ended.complete();
            return;
        }
        if (old.isEmpty() && System.nanoTime() - lookedBackNanos > LOOK_BACK_NANOS) {
            lookedBackNanos = System.nanoTime();
            groups.forEach(this::lookBack);
        }
        Future<Void> done = old.isEmpty() ? readNew() : old.remove().get();
        done.recover(error -> RedisErrors.isGone(error) ? prepare() : Future.failedFuture(error))
                .onComplete(next -> {
                    if (next.succeeded()) {
                        step();
                    } else {
                        ended.fail(next.cause());
                    }
                });
    }

    private Future<Void> readNew() {
        Request request = group().arg("BLOCK").arg(BLOCK_MS).arg("STREAMS");
        streams.names().forEach(request::arg);
        streams.names().forEach(stream -> request.arg(">"));
        return send(request, BLOCK_MS + ANSWER_MS).compose(this::takeAll);
    }

    private Request group() {
        return Request.cmd(Command.XREADGROUP)
                .arg("GROUP")
                .arg(streams.group())
                .arg(CONSUMER)
                .arg("COUNT")
                .arg(AT_ONCE);
    }

    private Future<Void> takeAll(@Nullable Response answer) {
        Future<Void> taken = Future.succeededFuture();
        for (StreamGroup group : groups) {
            Response entries = answer == null ? null : answer.get(group.stream());
            if (entries != null && entries.size() > 0) {
                taken = taken.compose(before -> take(group.stream(), entries)).mapEmpty();
            }
        }
        return taken;
    }

    /** What was read before and not acknowledged, and what is known of entries that are gone. */
    private void lookBack(StreamGroup group) {
        old.add(() -> tellLag(group));
        old.add(() -> pending(group.stream()));
        old.add(() -> claim(group.stream(), "0-0"));
    }

    private Future<Void> tellLag(StreamGroup group) {
        return group.lag().map(lag -> {
            waiting.put(group.stream(), lag.waiting());
            tellTrimmed(group.stream(), positions.newlyTrimmed(group.stream(), lag.trimmed()));
            return null;
        });
    }

    private void tellTrimmed(String stream, long entries) {
        if (entries > 0) {
            taker.count("trimmed", entries);
            problem = entries + " entries of " + stream + " were trimmed or deleted before they were taken: give it a"
                    + " larger MAXLEN, or look at what is slow";
            LOG.warn("source {}: {}", lease.task(), problem);
        }
    }

    private Future<Void> pending(String stream) {
        Request request = group().arg("STREAMS").arg(stream).arg("0");
        return send(request, ANSWER_MS).compose(answer -> {
            Response entries = answer == null ? null : answer.get(stream);
            if (entries == null || entries.size() == 0) {
                return Future.succeededFuture();
            }
            old.addFirst(() -> pending(stream));
            return take(stream, entries);
        });
    }

    /** Entries of a consumer that is gone, of another program or of an earlier release. */
    private Future<Void> claim(String stream, String from) {
        Request request = Request.cmd(Command.XAUTOCLAIM)
                .arg(stream)
                .arg(streams.group())
                .arg(CONSUMER)
                .arg(ABANDONED_MS)
                .arg(from)
                .arg("COUNT")
                .arg(AT_ONCE);
        return send(request, ANSWER_MS).compose(answer -> {
            Response claimed = Objects.requireNonNull(answer);
            String next = claimed.get(0).toString();
            Response gone = claimed.size() > 2 ? claimed.get(2) : null;
            tellTrimmed(stream, gone == null ? 0 : gone.size());
            if (!next.equals("0-0")) {
                old.addFirst(() -> claim(stream, next));
            }
            return take(stream, claimed.get(1));
        });
    }

    private Future<Void> take(String stream, Response entries) {
        List<SourceMessage> messages = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        long trimmed = 0;
        for (Response entry : entries) {
            if (entry == null) {
                // So Redis before 7 answers a claim of an entry that is deleted.
                trimmed++;
                continue;
            }
            String id = entry.get(0).toString(StandardCharsets.UTF_8);
            ids.add(id);
            Response fields = entry.get(1);
            if (fields == null) {
                trimmed++;
            } else {
                messages.add(RedisMessages.entry(stream, EntryId.parse(id), fields));
            }
        }
        tellTrimmed(stream, trimmed);
        if (ids.isEmpty()) {
            return Future.succeededFuture();
        }
        return taker.take(lease, messages).compose(taken -> {
            positions.readUntil(stream, EntryId.parse(ids.get(ids.size() - 1)));
            Request acknowledge = Request.cmd(Command.XACK).arg(stream).arg(streams.group());
            ids.forEach(acknowledge::arg);
            return send(acknowledge, ANSWER_MS).mapEmpty();
        });
    }

    private Future<@Nullable Response> send(Request request, long withinMs) {
        return connection
                .send(request)
                .timeout(withinMs, TimeUnit.MILLISECONDS)
                .<@Nullable Response>map(answer -> answer);
    }

    /** {@link #read} completes after the batch that is being taken. */
    void stop() {
        stopping = true;
    }

    /** How many entries wait in Redis, as of the last look. Safe from any thread. */
    long waiting() {
        return waiting.values().stream().mapToLong(Long::longValue).sum();
    }

    /** What was lost; null if nothing was. Safe from any thread. */
    @Nullable
    String problem() {
        return problem;
    }
}
