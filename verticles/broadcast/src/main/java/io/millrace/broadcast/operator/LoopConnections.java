package io.millrace.broadcast.operator;

import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.hub.Hub;
import io.millrace.broadcast.hub.Subscription;
import io.millrace.broadcast.transport.ConnectionRegistry;
import io.millrace.broadcast.transport.Slices;
import io.millrace.contracts.connection.ConnectionCommand;
import io.millrace.contracts.connection.ConnectionInfo;
import io.millrace.contracts.connection.ConnectionInfo.Lag;
import io.millrace.contracts.connection.ConnectionInfo.SubscriptionInfo;
import io.millrace.contracts.connection.ConnectionPage;
import io.millrace.contracts.connection.ConnectionQuery;
import io.millrace.platform.auth.Principal;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop: found, and ended. Only the slowest are described, since there may be ten thousand;
 * everything is done in {@link Slices}. Called from any thread, completed on the event loop.
 */
final class LoopConnections {
    /** Subscriptions of one connection that are listed. */
    private static final int SUBSCRIPTIONS = 20;

    private final ConnectionRegistry connections;
    private final Hub hub;
    private final Slices slices;
    private final String node;

    private record Candidate(Connection connection, Lag lag) {
        /** As {@link ConnectionInfo#SLOWEST_FIRST}. */
        static final Comparator<Candidate> SLOWEST_FIRST = Comparator.comparing(Candidate::lag, Lag.LONGEST_FIRST)
                .thenComparing(candidate -> candidate.connection().openedAtMicros());
    }

    /** @param node the name of this node */
    LoopConnections(ConnectionRegistry connections, String node) {
        this.connections = connections;
        this.hub = connections.hub();
        this.slices = new Slices(hub.context());
        this.node = node;
    }

    Future<ConnectionPage> find(ConnectionQuery query) {
        return onLoop(() -> {
            PriorityQueue<Candidate> slowest = new PriorityQueue<>(Candidate.SLOWEST_FIRST.reversed());
            int[] matched = {0};
            List<ConnectionInfo> described = new ArrayList<>();
            return slices.each(connections.open(query.connection()), connection -> {
                        if (!matches(connection, query)) {
                            return 1;
                        }
                        matched[0]++;
                        slowest.add(new Candidate(connection, lag(connection)));
                        if (slowest.size() > query.limit()) {
                            slowest.remove();
                        }
                        return 1 + connection.subscriptions().size();
                    })
                    .compose(found -> slices.each(slowest, candidate -> {
                        described.add(describe(candidate, query.stream()));
                        return 20 + candidate.connection().subscriptions().size();
                    }))
                    .map(all -> new ConnectionPage(described, matched[0], List.of(), 0, List.of()));
        });
    }

    /** Ends the connections that are meant. */
    Future<Integer> disconnect(ConnectionCommand command) {
        return onLoop(() -> {
            int[] ended = {0};
            return slices.each(connections.open(command.connection()), connection -> {
                        boolean meant = command.user() == null
                                || (connection.welcomed()
                                        && command.user()
                                                .equals(connection.principal().user()));
                        if (meant && !connection.closing()) {
                            connections.disconnect(connection);
                            ended[0]++;
                        }
                        return meant ? 50 : 1;
                    })
                    .map(all -> ended[0]);
        });
    }

    private <T> Future<T> onLoop(Callable<Future<T>> work) {
        Promise<T> promise = Promise.promise();
        hub.context().runOnContext(start -> {
            try {
                work.call().onComplete(promise);
            } catch (Exception failed) {
                promise.fail(failed);
            }
        });
        return promise.future();
    }

    private static boolean matches(Connection connection, ConnectionQuery query) {
        Principal principal = connection.principal();
        return (query.user() == null || query.user().equals(user(connection)))
                && (query.role() == null
                        || (connection.welcomed() && principal.roles().contains(query.role())))
                && (query.transport() == null
                        || query.transport().equals(connection.transport().name()))
                && (query.stream() == null || connection.subscription(query.stream()) != null);
    }

    private static String user(Connection connection) {
        return connection.welcomed() ? connection.principal().user() : "";
    }

    private Lag lag(Connection connection) {
        Lag own = connection.lag();
        long millis = own.millis();
        long events = 0;
        for (Subscription subscription : connection.subscriptions()) {
            millis = Math.max(millis, subscription.behindMs());
            events += hub.behind(subscription);
        }
        return new Lag(millis, events, own.bytes());
    }

    private ConnectionInfo describe(Candidate candidate, @Nullable String stream) {
        Connection connection = candidate.connection();
        return new ConnectionInfo(
                connection.id(),
                node,
                user(connection),
                connection.welcomed()
                        ? connection.principal().roles().stream().sorted().toList()
                        : List.of(),
                connection.transport().name(),
                connection.openedAtMicros(),
                connection.sentBytes(),
                candidate.lag(),
                connection.lastError(),
                connection.subscriptions().size(),
                subscriptions(connection, stream));
    }

    private List<SubscriptionInfo> subscriptions(Connection connection, @Nullable String stream) {
        Subscription one = stream == null ? null : connection.subscription(stream);
        Stream<Subscription> some = stream == null ? connection.subscriptions().stream() : Stream.ofNullable(one);
        return some.map(this::describe)
                .sorted(Comparator.comparingLong(SubscriptionInfo::millis)
                        .thenComparingLong(SubscriptionInfo::events)
                        .reversed()
                        .thenComparing(SubscriptionInfo::stream))
                .limit(SUBSCRIPTIONS)
                .toList();
    }

    private SubscriptionInfo describe(Subscription subscription) {
        return new SubscriptionInfo(
                subscription.stream(),
                subscription.spec().filter() != null,
                subscription.spec().rate(),
                subscription.state(),
                hub.behind(subscription),
                subscription.behindMs());
    }
}
