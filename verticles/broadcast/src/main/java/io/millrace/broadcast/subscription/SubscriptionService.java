package io.millrace.broadcast.subscription;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.broadcast.format.SentTypes;
import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.hub.StreamDispatcher;
import io.millrace.broadcast.hub.Subscription;
import io.millrace.broadcast.limit.ConnectionLimits;
import io.millrace.broadcast.outbound.CloseCode;
import io.millrace.broadcast.outbound.ServerMessages;
import io.millrace.broadcast.presence.LocalPresence;
import io.millrace.broadcast.spec.StartPosition;
import io.millrace.broadcast.spec.SubscriptionSpec;
import io.millrace.contracts.entity.EntitySnapshot;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.filter.Filter;
import io.millrace.contracts.text.Json;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.Namespace;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.delivery.EntityVisibility;
import io.millrace.platform.delivery.Visibility;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Subscribes connections to the streams that they may see; the same for every transport. Called on the connection's event
 * loop.
 */
public final class SubscriptionService {
    private static final String WHY_DENIED = "none of your roles may see the stream ";

    /** Under which subscriptions to live KPIs are counted, which belong to no namespace. */
    private static final String KPIS = "kpi";

    /** Bytes of entities in one message; more entities become several messages. */
    private static final int STATE_BYTES = 256 << 10;

    private final DomainModel domains;
    private final int max;
    private final ConnectionLimits stats;
    private final LocalPresence localPresence;

    public SubscriptionService(DomainModel domains, int max, ConnectionLimits stats, LocalPresence localPresence) {
        this.domains = domains;
        this.max = max;
        this.stats = stats;
        this.localPresence = localPresence;
    }

    /** Subscribes a client that has just authenticated to the streams of its token that packs declare as followed. */
    public void follow(Connection connection) {
        for (Namespace namespace : domains.namespaces()) {
            for (String stream : Visibility.followed(domains, namespace, connection.principal())) {
                if (connection.subscription(stream) != null) {
                    continue;
                }
                try {
                    subscribe(connection, SubscribeRequest.of(stream), new JsonObject().put("auto", true));
                } catch (MillraceException tooMany) {
                    // The rest of this namespace isn't followed either: one error says so.
                    connection.error(stream, null, tooMany);
                    break;
                }
            }
        }
    }

    /**
     * Subscribes, and sends {@code subscribed} or {@code error} to the connection.
     *
     * @param id the client's id for its request; null if it has none
     */
    public void subscribe(Connection connection, SubscribeRequest request, @Nullable Object id) {
        subscribe(connection, request, reply(id));
    }

    private void subscribe(Connection connection, SubscribeRequest request, JsonObject marks) {
        String stream = request.stream();
        Subscription before = connection.subscription(stream);
        if (before == null && connection.subscriptions().size() >= max) {
            throw new MillraceException(Failure.RATE_LIMITED, "a connection has at most " + max + " subscriptions");
        }
        if (request.state() && !connection.writable()) {
            throw new MillraceException(Failure.OVERLOADED, "read what was sent before asking for a state again");
        }
        Visibility visibility = visibility(stream, connection.principal());
        if (request.state() && domains.kpiOf(stream) != null) {
            throw new MillraceException(
                    Failure.BAD_MESSAGE, "a KPI has no entities: its present value comes first without state");
        }
        StartPosition from = from(connection, request, before, visibility);
        connection.remove(stream);
        SubscriptionSpec spec =
                new SubscriptionSpec(visibility, request.filter(), request.rate(), request.delta(), request.removed());
        Subscription subscription = new Subscription(connection, stream, spec, request.slow(), from);
        connection.add(subscription);
        connection
                .hub()
                .subscribe(subscription, start -> onStarted(subscription, request, marks, start, from))
                .onSuccess(start -> {
                    if (request.after() != null) {
                        stats.resumed(start.recovered());
                    }
                    if (subscription.isClosed()) {
                        // It was closed before it started; every request gets an answer.
                        connection.send(stream, endedEarly(subscription, marks, start));
                    }
                })
                .onFailure(error -> {
                    if (connection.subscription(stream) == subscription) {
                        connection.remove(stream);
                    }
                    connection.error(stream, marks.getValue("id"), error);
                });
    }

    /** The answer if the subscription was closed before it started: replaced by another request, or unsubscribed. */
    private static JsonObject endedEarly(Subscription subscription, JsonObject marks, StreamDispatcher.Start start) {
        String stream = subscription.stream();
        Connection connection = subscription.connection();
        Subscription now = connection.subscription(stream);
        if (now == null) {
            return reply("unsubscribed", marks).put("stream", stream);
        }
        // In the form of the present rights: those of the replaced subscription may have been wider.
        return reply("subscribed", marks)
                .put("stream", stream)
                .put("position", connection.hub().encodePosition(now, start.after()))
                .put("recovered", start.recovered())
                .put("replaced", true);
    }

    /** A repeated subscription continues at its position, unless the request says otherwise. */
    private StartPosition from(
            Connection connection, SubscribeRequest request, @Nullable Subscription before, Visibility visibility) {
        if (request.state()) {
            return new StartPosition.State(EntityVisibility.view(domains, connection.principal(), request.stream()));
        }
        if (before == null || request.after() != null) {
            return StartPosition.of(request.after(), !visibility.unrestricted());
        }
        return connection.hub().resumePosition(before);
    }

    public void unsubscribe(Connection connection, String stream, @Nullable Object id) {
        connection.remove(stream);
        connection.send(stream, reply("unsubscribed", id).put("stream", stream));
    }

    /**
     * Gives a connection the rights of another token of its user. Subscriptions that the new token does not permit end, the
     * client is told which; those that see more or less than before go on at their position. Nothing that is not permitted any
     * more is sent from now on: where it may wait for a slow client, the connection is reset.
     *
     * @param welcome gives the connection its new identity
     */
    public void renew(Connection connection, Principal now, Runnable welcome) {
        boolean less = !now.roles().containsAll(connection.principal().roles());
        List<Subscription> lost = new ArrayList<>();
        List<Subscription> changed = new ArrayList<>();
        for (Subscription subscription : connection.subscriptions()) {
            Visibility before = subscription.spec().visibility();
            Visibility visibility = visibilityOf(subscription.stream(), now);
            less |= !visibility.covers(before);
            if (visibility.nothing()) {
                lost.add(subscription);
            } else if (!visibility.equals(before)) {
                changed.add(subscription);
            }
        }
        connection.leave(lost.stream().map(Subscription::stream).toList());
        // Their groups write what they have buffered, which was matched before.
        changed.forEach(connection.hub()::resumePosition);
        if (less && !connection.settle()) {
            connection.reset(
                    CloseCode.UNAUTHENTICATED,
                    new MillraceException(Failure.PERMISSION_DENIED, "the new token permits less"));
            return;
        }
        welcome.run();
        lost.forEach(subscription -> connection.error(subscription.stream(), null, denied(subscription.stream())));
        changed.forEach(this::renew);
    }

    /** Goes on with the connection's new rights; a subscription that can't do so ends. */
    private void renew(Subscription subscription) {
        Connection connection = subscription.connection();
        String stream = subscription.stream();
        if (connection.closing()) {
            return;
        }
        try {
            subscribe(connection, SubscribeRequest.renewing(subscription), new JsonObject().put("renewed", true));
        } catch (RuntimeException failed) {
            connection.leave(List.of(stream));
            connection.error(stream, null, failed);
        }
    }

    /** What a client may see of a stream. Fails if it is nothing, in the same words whether the stream exists or not. */
    public Visibility visibility(String stream, Principal principal) {
        Visibility visibility = visibilityOf(stream, principal);
        if (visibility.nothing()) {
            throw denied(stream);
        }
        return visibility;
    }

    /**
     * Fails as {@link #visibility}, and as {@link Failure#UNAUTHENTICATED} without a token: HTTP has a status that asks for
     * one (RFC 9110, 15.5.2).
     */
    public void requireVisible(String stream, Principal principal) {
        if (visibilityOf(stream, principal).nothing()) {
            throw principal.refusal(WHY_DENIED + stream);
        }
    }

    private Visibility visibilityOf(String stream, Principal principal) {
        return Visibility.of(domains, stream, principal);
    }

    private static MillraceException denied(String stream) {
        return new MillraceException(Failure.PERMISSION_DENIED, WHY_DENIED + stream);
    }

    private void onStarted(
            Subscription subscription,
            SubscribeRequest request,
            JsonObject marks,
            StreamDispatcher.Start start,
            StartPosition from) {
        Connection connection = subscription.connection();
        String position = connection.hub().encodePosition(subscription, start.after());
        count(subscription);
        JsonObject subscribed = reply("subscribed", marks)
                .put("stream", subscription.stream())
                .put("position", position)
                .put("head", connection.hub().encodePosition(subscription, start.head()))
                .put("recovered", start.recovered());
        if (start.isBeforeGap(from)) {
            subscribed.put("reason", ServerMessages.HISTORY);
        }
        SentTypes sent = connection.transport().sentTypes();
        if (sent != null) {
            sent.addTo(
                    subscribed,
                    connection.hub().numbers().of(subscription.stream()),
                    domains,
                    subscription.spec().visibility());
        }
        connection.send(subscription.stream(), subscribed);
        if (start.state() != null) {
            sendState(subscription, request, start.state(), position);
        }
    }

    /** Counts the subscription, and its user as present where a pack declares presence, until it ends. */
    private void count(Subscription subscription) {
        String stream = subscription.stream();
        Namespace namespace = domains.namespaceOf(stream);
        String name = namespace == null ? KPIS : namespace.name();
        Principal principal = subscription.connection().principal();
        boolean seen = namespace != null && namespace.presence() != null && principal.authenticated();
        stats.subscribed(name, 1);
        if (seen) {
            localPresence.enter(stream, principal.user());
        }
        subscription.onClosed(() -> {
            stats.subscribed(name, -1);
            if (seen) {
                localPresence.leave(stream, principal.user());
            }
        });
    }

    /** Sends the entities that the client may see and that match its filter, in as many messages as they need. */
    private void sendState(Subscription subscription, SubscribeRequest request, EntitySnapshot page, String position) {
        Connection connection = subscription.connection();
        Map<String, EntityVisibility> visibilities = new HashMap<>();
        List<EntitySnapshot.Entity> part = new ArrayList<>();
        int bytes = 0;
        for (EntitySnapshot.Entity entity : page.entities()) {
            EntityRef ref = entity.ref();
            EntityVisibility visibility = visibilities.computeIfAbsent(
                    ref.kind(), kind -> EntityVisibility.of(domains, connection.principal(), kind, request.stream()));
            if (!shown(visibility, request.filter(), entity.state())) {
                continue;
            }
            if (bytes > STATE_BYTES) {
                StateMessage.send(connection, request.stream(), position, part, true, page.complete());
                part.clear();
                bytes = 0;
            }
            subscription.sentVersion(ref, entity.version());
            part.add(entity);
            bytes += entity.state().length;
        }
        StateMessage.send(connection, request.stream(), position, part, false, page.complete());
    }

    /** Whether the client may see the state and its filter matches it, as it would match an event's data. */
    private static boolean shown(EntityVisibility visibility, @Nullable Filter filter, byte[] state) {
        if (visibility.all() && filter == null) {
            return true;
        }
        ObjectNode tree = Json.parse(state);
        ObjectNode event = JsonNodeFactory.instance.objectNode();
        event.set("data", tree);
        return visibility.sees(tree) && (filter == null || filter.matches(event));
    }

    public static JsonObject reply(String type, @Nullable Object id) {
        return reply(type, reply(id));
    }

    private static JsonObject reply(String type, JsonObject marks) {
        return new JsonObject().put("type", type).mergeIn(marks);
    }

    private static JsonObject reply(@Nullable Object id) {
        JsonObject marks = new JsonObject();
        return id == null ? marks : marks.put("id", id);
    }
}
