package io.millrace.broadcast.hub;

import io.millrace.broadcast.outbound.DeltaEncoder;
import io.millrace.broadcast.outbound.OutboundEvent;
import io.millrace.broadcast.spec.SubscriptionSpec;
import io.millrace.contracts.event.EntityRef;
import io.millrace.platform.delivery.PositionCipher;
import io.millrace.platform.delivery.Visibility;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The live subscriptions of one stream that want the same. An event is matched, shaped and encoded once for the group;
 * those who see only their own are found by owner. Owned by its hub's event loop.
 */
final class Group {
    final SubscriptionSpec want;
    final List<Subscription> members = new ArrayList<>();
    /** What a turn of the loop brought and was found to match. */
    private final List<OutboundEvent> matched = new ArrayList<>();

    private @Nullable OutboundEvent tried;
    private final FanOutWriter writer;
    private final PositionCipher seal;
    private final @Nullable DeltaEncoder deltas;
    private final Map<String, List<Subscription>> byUser = new HashMap<>();
    /** For all members, until the turn ends or something else has to go to one of them: what a turn brings is one frame. */
    private List<byte[]> gathered = new ArrayList<>();

    private int gatheredBytes;

    Group(SubscriptionSpec want, FanOutWriter writer, PositionCipher seal, int deltaEntities) {
        this.want = want;
        this.writer = writer;
        this.seal = seal;
        this.deltas = want.delta() ? new DeltaEncoder(deltaEntities) : null;
    }

    void add(Subscription subscription) {
        settle();
        subscription.place = members.size();
        members.add(subscription);
        if (!want.visibility().own().isEmpty()) {
            byUser.computeIfAbsent(subscription.connection.principal().user(), user -> new ArrayList<>(1))
                    .add(subscription);
        }
    }

    void remove(Subscription subscription) {
        settle();
        Subscription last = members.remove(members.size() - 1);
        if (last != subscription) {
            members.set(subscription.place, last);
            last.place = subscription.place;
        }
        String user = subscription.connection.principal().user();
        List<Subscription> own = byUser.get(user);
        if (own != null && own.remove(subscription) && own.isEmpty()) {
            byUser.remove(user);
        }
    }

    /** Whether an event is tried the first time: a filter that asks for one of several values is found by each of them. */
    boolean tries(OutboundEvent message) {
        boolean first = tried != message;
        tried = message;
        return first;
    }

    /** An event that the filter lets through. */
    void match(OutboundEvent message) {
        matched.add(message);
    }

    /** What was matched since the last time, in order; the list is the caller's. */
    List<OutboundEvent> takeMatched() {
        List<OutboundEvent> taken = List.copyOf(matched);
        matched.clear();
        return taken;
    }

    boolean hasMatched() {
        return !matched.isEmpty();
    }

    /** To every member what it may see, in order. */
    void deliver(List<OutboundEvent> messages) {
        Visibility visibility = want.visibility();
        for (OutboundEvent message : messages) {
            if (message.leaves() && !visibility.whole()) {
                tellLeavers(message);
            }
            boolean forAll = visibility.whole()
                    || visibility.all().contains(message.event().type());
            if (forAll && message.message().unaddressed() && (deltas == null || message.entity() == null)) {
                gather(message.line(visibility.whole(), seal));
                continue;
            }
            List<Subscription> receivers = forAll ? members : owners(message);
            if (!message.message().unaddressed()) {
                receivers = receivers.stream()
                        .filter(member -> member.sees(message))
                        .toList();
            }
            if (receivers.isEmpty()) {
                continue;
            }
            settle();
            send(message, receivers);
        }
    }

    /** To one that is no member yet, or reads on by itself: what was found to be for it. */
    void deliver(Subscription subscription, List<OutboundEvent> messages) {
        writer.send(subscription.stream, subscription.lines(messages, seal), List.of(subscription));
    }

    /** To those who had an event's entity in sight and don't see the event. */
    private void tellLeavers(OutboundEvent message) {
        String owner = message.previousOwner();
        List<Subscription> had =
                message.gone() ? members : owner == null ? List.of() : byUser.getOrDefault(owner, List.of());
        List<Subscription> leavers = had.stream()
                .filter(member -> member.visible(message) == message.removed())
                .toList();
        if (!leavers.isEmpty()) {
            settle();
            send(message.removed(), leavers);
        }
    }

    private List<Subscription> owners(OutboundEvent message) {
        String owner = message.event().owner();
        return owner == null
                        || !want.visibility().own().contains(message.event().type())
                ? List.of()
                : byUser.getOrDefault(owner, List.of());
    }

    private void gather(byte[] line) {
        if (members.isEmpty()) {
            return;
        }
        if (gathered.isEmpty()) {
            writer.settleLater(this);
        }
        gathered.add(line);
        gatheredBytes += line.length;
        if (gatheredBytes >= FanOutWriter.MAX_FRAME) {
            settle();
        }
    }

    /** What was gathered goes to the members now: they are about to change, or to get something else. */
    void settle() {
        if (!gathered.isEmpty()) {
            List<byte[]> lines = gathered;
            gathered = new ArrayList<>();
            gatheredBytes = 0;
            writer.send(stream(), lines, members);
        }
    }

    private String stream() {
        return members.get(0).stream;
    }

    private void send(OutboundEvent message, List<Subscription> receivers) {
        boolean open = want.visibility().whole();
        EntityRef entity = message.entity();
        if (entity != null && message.removal()) {
            if (deltas != null) {
                receivers.forEach(receiver -> receiver.forget(entity));
            }
            writer.send(stream(), List.of(message.line(open, seal)), receivers);
            return;
        }
        if (deltas == null || entity == null || !message.stateKnown() || !want.delta(message)) {
            writer.send(stream(), List.of(message.line(open, seal)), receivers);
            return;
        }
        DeltaEncoder.Forms forms = deltas.next(message, entity, open, seal);
        List<Subscription> patched = new ArrayList<>(receivers.size());
        List<Subscription> told = new ArrayList<>(1);
        for (Subscription receiver : receivers) {
            boolean has = receiver.hadVersion(entity, forms.patchFrom(), message.version());
            (has && forms.patch() != null ? patched : told).add(receiver);
        }
        if (forms.patch() != null && !patched.isEmpty()) {
            writer.send(stream(), List.of(forms.patch()), patched);
        }
        if (!told.isEmpty()) {
            writer.send(stream(), List.of(forms.whole()), told);
        }
    }
}
