package io.millrace.broadcast.hub;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What one subscription reads on at once: a page of the stream. Who sees only a part gets so many events that they may see,
 * over however many pages these lie scattered: where a page ends, what is asked for each of them and what goes out in one
 * frame would tell how much is hidden in between. Owned by its hub's event loop.
 */
final class Stretch {
    private final Subscription subscription;
    private final boolean part;
    private final boolean wantsStates;
    /** What waits to be written, by what a newer one replaces. */
    final Map<Object, Outgoing> newest = new LinkedHashMap<>();

    private List<Outgoing> messages = new ArrayList<>();
    private int bytes;
    private long cursor;
    private long end;
    private boolean complete;
    private boolean remembered;

    Stretch(Subscription subscription) {
        this.subscription = subscription;
        this.part = !subscription.want.visibility().whole();
        this.wantsStates = subscription.want.delta() || subscription.want.findsRemoved();
        this.cursor = subscription.cursor;
        this.end = subscription.cursor;
    }

    /** Takes what its client may see of the next page; whether another page is needed. */
    boolean take(Feed.Page page) {
        complete = page.complete();
        remembered = page.remembered();
        end = Math.max(end, page.lost());
        for (Outgoing event : page.messages()) {
            end = event.offset();
            Outgoing visible = subscription.visible(event);
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
            cursor = end;
        }
        return part && !complete && !full();
    }

    private boolean full() {
        return messages.size() >= Histories.PAGE || bytes >= Writer.MAX_FRAME;
    }

    /** The next events, after these were settled. */
    void goOn() {
        messages = new ArrayList<>();
        bytes = 0;
    }

    boolean needsStates() {
        return wantsStates && (part || !remembered) && !messages.isEmpty();
    }

    /** As far as they may be seen; not yet what passes a filter. */
    List<Outgoing> messages() {
        return messages;
    }

    /** Where the subscription was when this was begun, and nothing has been written since. */
    long cursor() {
        return cursor;
    }

    /** The last offset that was read. */
    long end() {
        return end;
    }

    /** Whether nothing newer was known. */
    boolean complete() {
        return complete;
    }
}
