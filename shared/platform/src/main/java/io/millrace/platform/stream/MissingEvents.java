package io.millrace.platform.stream;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks history for the events that streams miss: for a few streams at once, since all may be behind together, when the bus was
 * away or a restored database has reset them. Owned by the follower's event loop.
 */
final class MissingEvents {
    static final int ASKED_AT_ONCE = 32;

    private static final Logger LOG = LoggerFactory.getLogger(MissingEvents.class);
    /** The wait before history is requested again, since the node that was asked may have died; doubled each time. */
    private static final int ANSWER_MS = 400;

    private static final int MAX_ANSWER_MS = 3_200;
    private static final int PAGE = 500;

    private final Vertx vertx;
    private final Bus bus;
    private final Predicate<StreamCursor> followed;
    private final BiConsumer<StreamCursor, HistoryPage> answer;
    /** Streams that have no answer yet, since an idle stream is in no later comparison of heads. */
    private final Set<StreamCursor> incomplete = new HashSet<>();

    /** Those of them for which history is yet to be asked. */
    private final ArrayDeque<StreamCursor> due = new ArrayDeque<>();

    private int asked;

    /**
     * @param followed whether a stream is still followed
     * @param answer gets what history has
     */
    MissingEvents(
            Vertx vertx, Bus bus, Predicate<StreamCursor> followed, BiConsumer<StreamCursor, HistoryPage> answer) {
        this.vertx = vertx;
        this.bus = bus;
        this.followed = followed;
        this.answer = answer;
    }

    /** Asks for the stream's next events, unless that is under way. */
    void add(StreamCursor stream) {
        if (!stream.fetching) {
            stream.fetching = true;
            incomplete.add(stream);
            due.add(stream);
            askNext();
        }
    }

    /** Asks again for streams whose request failed. */
    void askAgain() {
        incomplete.removeIf(stream -> !followed.test(stream));
        incomplete.forEach(this::add);
        askNext();
    }

    private void askNext() {
        while (asked < ASKED_AT_ONCE && !due.isEmpty()) {
            StreamCursor stream = due.remove();
            asked++;
            stream.asked = true;
            ask(stream, ANSWER_MS);
        }
    }

    private void ask(StreamCursor stream, int answerMs) {
        if (!followed.test(stream)) {
            // Not at once: there may be many such ones.
            vertx.runOnContext(gone -> answered(stream, true));
            return;
        }
        stream.askAgain = vertx.setTimer(answerMs, timer -> ask(stream, Math.min(2 * answerMs, MAX_ANSWER_MS)));
        bus.request(Addresses.HISTORY, new HistoryQuery(stream.stream, stream.next - 1, PAGE, false))
                .onComplete(done -> {
                    answered(stream, done.succeeded());
                    if (done.failed()) {
                        LOG.warn("could not fetch missing events of stream {}, trying again", stream.stream);
                        return;
                    }
                    incomplete.remove(stream);
                    if (followed.test(stream)) {
                        answer.accept(stream, done.result());
                    }
                });
    }

    /** @param next whether the next stream may ask; after a failure all wait for the next comparison of heads */
    private void answered(StreamCursor stream, boolean next) {
        if (stream.asked) {
            vertx.cancelTimer(stream.askAgain);
            stream.asked = false;
            stream.fetching = false;
            asked--;
            if (next) {
                askNext();
            }
        }
    }
}
