package io.millrace.broadcast.hub;

import io.millrace.broadcast.history.HistoryLoader;
import io.millrace.broadcast.outbound.OutboundEvent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A page of a stream that one subscription reads. For a client that sees only a part of the stream a page holds a full
 * number of visible events, over however many pages of history these are scattered: where pages end, what is read for each
 * event and what goes out in one frame would otherwise reveal how much is hidden in between. Owned by its hub's event loop.
 */
final class CatchUpPage {
    /** After this time the events that were found are sent, however few they are: only the clock ends a page early. */
    private static final long MAX_HOLD_MS = 1_000;

    private final Subscription subscription;
    private final boolean part;
    private final boolean wantsStates;
    /** The events to be written, by the key under which a newer event replaces an older one. */
    final Map<Object, OutboundEvent> newest = new LinkedHashMap<>();

    private List<OutboundEvent> messages = new ArrayList<>();
    private int bytes;
    private final long holdUntilMs;
    private long end;
    private boolean complete;
    private boolean remembered;

    CatchUpPage(Subscription subscription) {
        this.subscription = subscription;
        this.part = !subscription.spec().visibility().unrestricted();
        this.wantsStates = subscription.spec().delta() || subscription.spec().findsRemoved();
        this.end = subscription.cursor();
        double rate = subscription.spec().rate();
        // With a rate an entity is sent once an interval.
        this.holdUntilMs =
                Connection.now() + (rate > 0 ? Math.max(MAX_HOLD_MS, Math.round(1_000 / rate)) : MAX_HOLD_MS);
    }

    /**
     * Adds the events of a page of history that the client may see.
     *
     * @return whether another page of history is needed
     */
    boolean take(StreamDispatcher.Page page) {
        complete = page.complete();
        remembered = page.remembered();
        end = Math.max(end, page.lost());
        for (OutboundEvent event : page.messages()) {
            end = event.offset();
            OutboundEvent visible = subscription.visible(event);
            if (visible != null) {
                // With its state the event would reveal whether it came from memory, so how much is in between.
                messages.add(part && wantsStates && !visible.removal() ? visible.withoutState() : visible);
                bytes += visible.size();
            }
            if (part && isFull()) {
                complete =
                        complete && event == page.messages().get(page.messages().size() - 1);
                break;
            }
        }
        if (!hasFound()) {
            // Nothing before it is still to be written, so a client that disconnects resumes here.
            subscription.advance(end);
        }
        return part && !complete && !isFull() && !isDue();
    }

    /** Whether events have been found, and were held long enough for a client that sees only a part of the stream. */
    boolean isDue() {
        return part && hasFound() && Connection.now() >= holdUntilMs;
    }

    boolean hasFound() {
        return !messages.isEmpty() || !newest.isEmpty();
    }

    private boolean isFull() {
        return messages.size() >= HistoryLoader.PAGE || bytes >= FanOutWriter.MAX_FRAME;
    }

    /** Starts the next batch of events, after the present ones were merged into {@link #newest}. */
    void next() {
        messages = new ArrayList<>();
        bytes = 0;
    }

    boolean needsStates() {
        return wantsStates && (part || !remembered) && !messages.isEmpty();
    }

    /** The events that the client may see, before its filter. */
    List<OutboundEvent> messages() {
        return messages;
    }

    /** Whether the stream was reset or the subscription closed since the page was started, so that the page is dropped. */
    boolean isObsolete() {
        return !subscription.isReading(this);
    }

    /** The last offset that was read. */
    long end() {
        return end;
    }

    /** Whether nothing newer was known. */
    boolean isComplete() {
        return complete;
    }
}
