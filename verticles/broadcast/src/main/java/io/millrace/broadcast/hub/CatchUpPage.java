package io.millrace.broadcast.hub;

import io.millrace.broadcast.outbound.OutboundEvent;
import io.millrace.broadcast.replay.HistoryLoader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What one subscription reads on at once: a page of the stream. Who sees only a part gets so many events that they may see,
 * over however many pages these lie scattered: where a page ends, what is asked for each of them and what goes out in one
 * frame would tell how much is hidden in between. Owned by its hub's event loop.
 */
public final class CatchUpPage {
    private final Subscription subscription;
    private final boolean part;
    private final boolean wantsStates;
    /** What waits to be written, by what a newer one replaces. */
    public final Map<Object, OutboundEvent> newest = new LinkedHashMap<>();

    private List<OutboundEvent> messages = new ArrayList<>();
    private int bytes;
    private final int resets;
    private long end;
    private boolean complete;
    private boolean remembered;

    public CatchUpPage(Subscription subscription) {
        this.subscription = subscription;
        this.part = !subscription.want.visibility().whole();
        this.wantsStates = subscription.want.delta() || subscription.want.findsRemoved();
        this.resets = subscription.resets;
        this.end = subscription.cursor;
    }

    /** Takes what its client may see of the next page; whether another page is needed. */
    public boolean take(StreamDispatcher.Page page) {
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
            if (part && full()) {
                complete =
                        complete && event == page.messages().get(page.messages().size() - 1);
                break;
            }
        }
        if (messages.isEmpty() && newest.isEmpty()) {
            // Nothing before it waits to be written, so a reader that breaks off goes on here.
            subscription.cursor = end;
        }
        return part && !complete && !full();
    }

    private boolean full() {
        return messages.size() >= HistoryLoader.PAGE || bytes >= FanOutWriter.MAX_FRAME;
    }

    /** The next events, after these were settled. */
    public void goOn() {
        messages = new ArrayList<>();
        bytes = 0;
    }

    public boolean needsStates() {
        return wantsStates && (part || !remembered) && !messages.isEmpty();
    }

    /** As far as they may be seen; not yet what passes a filter. */
    public List<OutboundEvent> messages() {
        return messages;
    }

    /** Whether the stream was begun anew since: then this is of what was before. */
    public boolean isVoid() {
        return resets != subscription.resets;
    }

    /** The last offset that was read. */
    public long end() {
        return end;
    }

    /** Whether nothing newer was known. */
    public boolean complete() {
        return complete;
    }
}
