package io.millrace.broadcast.hub;

import io.millrace.broadcast.outbound.DeltaEncoder;
import io.millrace.broadcast.outbound.OutboundEvent;
import io.millrace.broadcast.outbound.OutboundMessage;
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
 * The live subscriptions of one stream with the same specification. An event is matched, shaped and encoded once for the
 * group; members that see only their own events are found by owner. Owned by its hub's event loop.
 */
final class Group {
    private static final int DELTA_ENTITIES = 10_000;
    private static final int DELTA_BYTES = 8 << 20;

    final SubscriptionSpec spec;
    final List<Subscription> members = new ArrayList<>();
    /** The events of the present turn that the filter lets through. */
    private final List<OutboundEvent> matched = new ArrayList<>();

    private @Nullable OutboundEvent tried;
    private final FanOutWriter writer;
    private final PositionCipher cipher;
    private final @Nullable DeltaEncoder deltas;
    private final Map<String, List<Subscription>> byUser = new HashMap<>();
    /** Messages for all members, until the turn ends or a member gets something else: the events of a turn are one frame. */
    private List<OutboundMessage> buffered = new ArrayList<>();

    private int bufferedBytes;

    Group(SubscriptionSpec spec, FanOutWriter writer, PositionCipher cipher) {
        this.spec = spec;
        this.writer = writer;
        this.cipher = cipher;
        this.deltas = spec.delta() ? new DeltaEncoder(DELTA_ENTITIES, DELTA_BYTES) : null;
    }

    void add(Subscription subscription) {
        flush();
        subscription.setGroupIndex(members.size());
        members.add(subscription);
        if (!spec.visibility().own().isEmpty()) {
            byUser.computeIfAbsent(subscription.connection().principal().user(), user -> new ArrayList<>(1))
                    .add(subscription);
        }
    }

    void remove(Subscription subscription) {
        flush();
        Subscription last = members.remove(members.size() - 1);
        if (last != subscription) {
            members.set(subscription.groupIndex(), last);
            last.setGroupIndex(subscription.groupIndex());
        }
        String user = subscription.connection().principal().user();
        List<Subscription> own = byUser.get(user);
        if (own != null && own.remove(subscription) && own.isEmpty()) {
            byUser.remove(user);
        }
    }

    /** Whether an event is tried for the first time: the index finds a filter by each of the values that it asks for. */
    boolean markEvaluated(OutboundEvent message) {
        boolean first = tried != message;
        tried = message;
        return first;
    }

    /** Adds an event that matches the filter. */
    void match(OutboundEvent message) {
        matched.add(message);
    }

    /** Takes the events that were matched since the last call, in order. */
    List<OutboundEvent> takeMatched() {
        List<OutboundEvent> taken = List.copyOf(matched);
        matched.clear();
        return taken;
    }

    /** Delivers to every member the messages that it may see, in order. */
    void deliver(List<OutboundEvent> messages) {
        Visibility visibility = spec.visibility();
        for (OutboundEvent message : messages) {
            if (message.mayLeaveView() && !visibility.unrestricted()) {
                sendRemoved(message);
            }
            boolean forAll = visibility.unrestricted()
                    || visibility.all().contains(message.event().type());
            if (forAll && message.message().unaddressed() && (deltas == null || message.entity() == null)) {
                buffer(message);
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
            flush();
            send(message, receivers);
        }
    }

    /** Delivers messages to one subscription, which need not be a member. */
    void deliver(Subscription subscription, List<OutboundEvent> messages) {
        writer.sendTo(subscription, messages);
    }

    /** Sends the removal of the event's entity to the members that saw the entity and don't see the event. */
    private void sendRemoved(OutboundEvent message) {
        String owner = message.previousOwner();
        List<Subscription> had =
                message.deletesEntity() ? members : owner == null ? List.of() : byUser.getOrDefault(owner, List.of());
        List<Subscription> leavers = had.stream()
                .filter(member -> member.visible(message) == message.removed())
                .toList();
        if (!leavers.isEmpty()) {
            flush();
            send(message.removed(), leavers);
        }
    }

    private List<Subscription> owners(OutboundEvent message) {
        String owner = message.event().owner();
        return owner == null
                        || !spec.visibility().own().contains(message.event().type())
                ? List.of()
                : byUser.getOrDefault(owner, List.of());
    }

    private void buffer(OutboundEvent event) {
        if (members.isEmpty()) {
            return;
        }
        event.noteMatch();
        OutboundMessage message = event.encode(spec.visibility().unrestricted(), cipher);
        if (buffered.isEmpty()) {
            writer.flushLater(this);
        }
        buffered.add(message);
        bufferedBytes += message.line().length;
        if (bufferedBytes >= FanOutWriter.MAX_FRAME) {
            flush();
        }
    }

    /** Writes the buffered messages now, before the members change or get something else. */
    void flush() {
        if (!buffered.isEmpty()) {
            List<OutboundMessage> messages = buffered;
            buffered = new ArrayList<>();
            bufferedBytes = 0;
            writer.send(stream(), messages, members);
        }
    }

    private String stream() {
        return members.get(0).stream();
    }

    private void send(OutboundEvent message, List<Subscription> receivers) {
        message.noteMatch();
        boolean open = spec.visibility().unrestricted();
        EntityRef entity = message.entity();
        if (entity != null && message.removal()) {
            if (deltas != null) {
                receivers.forEach(receiver -> receiver.forget(entity));
            }
            writer.send(stream(), List.of(message.encode(open, cipher)), receivers);
            return;
        }
        if (deltas == null || entity == null || !message.stateKnown() || !spec.delta(message)) {
            writer.send(stream(), List.of(message.encode(open, cipher)), receivers);
            return;
        }
        DeltaEncoder.Forms forms = deltas.next(message, entity, open, cipher);
        List<Subscription> patched = new ArrayList<>(receivers.size());
        List<Subscription> whole = new ArrayList<>(1);
        for (Subscription receiver : receivers) {
            boolean has = receiver.advanceVersion(entity, forms.patchFrom(), message.version());
            (has && forms.patch() != null ? patched : whole).add(receiver);
        }
        if (forms.patch() != null && !patched.isEmpty()) {
            writer.send(stream(), List.of(forms.patch()), patched);
        }
        if (!whole.isEmpty()) {
            writer.send(stream(), List.of(forms.whole()), whole);
        }
    }
}
