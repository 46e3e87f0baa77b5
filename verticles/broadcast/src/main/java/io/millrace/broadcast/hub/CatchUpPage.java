package io.millrace.broadcast.hub;

import io.millrace.broadcast.outbound.OutboundEvent;
import io.millrace.broadcast.replay.HistoryLoader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What one subscription reads on at once: a page of the stream. A client that sees only a part of the stream gets so many
 * events that it may see, over however many pages of history these are scattered: where a page ends, what is asked for
 * each of its events and what goes out in one frame would tell how much is hidden in between. Owned by its hub's event
 * loop.
 */
final class CatchUpPage {
    /** After so long the events that were found go out, however few they are: only the clock ends a page early. */
    private static final long MAX_HOLD_MS = 1_000;

    private final Subscription subscription;
    private final boolean part;
    private final boolean wantsStates;
    /** What waits to be written, by what a newer event replaces. */
    final Map<Object, OutboundEvent> newest = new LinkedHashMap<>();

    private List<OutboundEvent> messages = new ArrayList<>();
    private int bytes;
    private final long holdUntilMs;
    private long end;
    private boolean complete;
    private boolean remembered;

    CatchUpPage(Subscription subscription) {
        this.subscription = subscription;
        this.part = !subscription.spec().visibility().whole();
        this.wantsStates = subscription.spec().delta() || subscription.spec().findsRemoved();
        this.end = subscription.cursor();
        double rate = subscription.spec().rate();
        // At a rate an entity is sent once an interval.
        this.holdUntilMs =
                Connection.now() + (rate > 0 ? Math.max(MAX_HOLD_MS, Math.round(1_000 / rate)) : MAX_HOLD_MS);
    }

    /** Takes what the client may see of the next page of the stream; whether another one is needed. */
    boolean take(StreamDispatcher.Page page) {
        complete = page.complete();
        remembered = page.remembered();
        end = Math.max(end, page.lost());
        for (OutboundEvent event : page.messages()) {
            end = event.offset();
            OutboundEvent visible = subscription.visible(event);
            if (visible != null) {
                // Else it would tell whether so little came that memory has it.
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
            // Nothing before it waits to be written, so a client that breaks off goes on here.
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

    /** The next events, after these were merged into {@link #newest}. */
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

    /** Whether the stream was reset or the subscription closed since the page was started: nobody wants it any more. */
    boolean isVoid() {
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
