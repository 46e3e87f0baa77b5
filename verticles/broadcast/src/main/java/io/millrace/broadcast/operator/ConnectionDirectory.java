package io.millrace.broadcast.operator;

import io.millrace.broadcast.acknowledge.ReadTimesLog;
import io.millrace.broadcast.presence.NodeRegistry;
import io.millrace.broadcast.transport.ConnectionRegistry;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.connection.ConnectionCommand;
import io.millrace.contracts.connection.ConnectionCommandResult;
import io.millrace.contracts.connection.ConnectionInfo;
import io.millrace.contracts.connection.ConnectionPage;
import io.millrace.contracts.connection.ConnectionPage.ReadTimes;
import io.millrace.contracts.connection.ConnectionQuery;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.NodeContext;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;

/**
 * The connections of all nodes, for operators: any node asks the others, each its event loops, and each answers with as many
 * as were asked for at most. Safe from any thread.
 */
public final class ConnectionDirectory {
    private final Bus bus;
    private final String node;
    private final NodeRegistry peers;
    private final ReadTimesLog readTimes;
    private final int acknowledge;
    private final List<LoopConnections> loops = new CopyOnWriteArrayList<>();

    /** @param acknowledge clients acknowledge one of so many events; 0 if they are not asked to */
    public ConnectionDirectory(NodeContext node, NodeRegistry peers, ReadTimesLog readTimes, int acknowledge) {
        this.bus = node.bus();
        this.node = node.name();
        this.peers = peers;
        this.readTimes = readTimes;
        this.acknowledge = acknowledge;
    }

    /** Adds the connections of an event loop. */
    public void add(ConnectionRegistry connections) {
        loops.add(new LoopConnections(connections, node));
    }

    public Future<Void> serve() {
        return Future.all(
                        bus.serve(Addresses.CONNECTIONS, this::find),
                        bus.serve(Addresses.connections(peers.name()), this::findHere),
                        bus.serve(Addresses.CONNECTION_COMMANDS, this::disconnect),
                        bus.serve(Addresses.connectionCommands(peers.name()), this::disconnectHere))
                .mapEmpty();
    }

    private Future<ConnectionPage> find(ConnectionQuery query) {
        return peers.ask(
                        query,
                        Addresses::connections,
                        this::findHere,
                        silent -> new ConnectionPage(List.of(), 0, List.of(silent), 0, List.of()))
                .map(pages -> merge(pages, query.limit()));
    }

    private Future<ConnectionPage> findHere(ConnectionQuery query) {
        List<Future<ConnectionPage>> asked =
                query.node() != null && !query.node().equals(node)
                        ? List.of()
                        : loops.stream().map(loop -> loop.find(query)).toList();
        return Future.all(asked).map(found -> {
            ConnectionPage here = merge(asked.stream().map(Future::result).toList(), query.limit());
            return new ConnectionPage(here.connections(), here.matched(), List.of(), acknowledge, readTimes.recent());
        });
    }

    private Future<ConnectionCommandResult> disconnect(ConnectionCommand command) {
        return peers.ask(
                        command,
                        Addresses::connectionCommands,
                        this::disconnectHere,
                        silent -> new ConnectionCommandResult(0, List.of(silent)))
                .map(results -> new ConnectionCommandResult(
                        results.stream().mapToInt(ConnectionCommandResult::done).sum(),
                        results.stream()
                                .flatMap(result -> result.silent().stream())
                                .toList()));
    }

    private Future<ConnectionCommandResult> disconnectHere(ConnectionCommand command) {
        if (command.kind() != ConnectionCommand.Kind.DISCONNECT
                || (command.connection() == null) == (command.user() == null)) {
            return Future.succeededFuture(new ConnectionCommandResult(0, List.of()));
        }
        List<Future<Integer>> asked =
                loops.stream().map(loop -> loop.disconnect(command)).toList();
        return Future.all(asked)
                .map(done -> new ConnectionCommandResult(
                        asked.stream().mapToInt(Future::result).sum(), List.of()));
    }

    private static ConnectionPage merge(List<ConnectionPage> pages, int limit) {
        List<ConnectionInfo> slowest = pages.stream()
                .flatMap(page -> page.connections().stream())
                .sorted(ConnectionInfo.SLOWEST_FIRST)
                .limit(limit)
                .toList();
        Map<String, List<Long>> times = new LinkedHashMap<>();
        pages.forEach(page ->
                page.readTimes().forEach(one -> times.merge(one.namespace(), one.counts(), ConnectionDirectory::sum)));
        return new ConnectionPage(
                slowest,
                pages.stream().mapToLong(ConnectionPage::matched).sum(),
                pages.stream().flatMap(page -> page.silent().stream()).toList(),
                pages.stream().mapToInt(ConnectionPage::acknowledge).max().orElse(0),
                times.entrySet().stream()
                        .map(one -> new ReadTimes(one.getKey(), one.getValue()))
                        .toList());
    }

    /** Of two releases one may have fewer buckets. */
    private static List<Long> sum(List<Long> one, List<Long> other) {
        return IntStream.range(0, Math.max(one.size(), other.size()))
                .mapToObj(i -> (i < one.size() ? one.get(i) : 0) + (i < other.size() ? other.get(i) : 0))
                .toList();
    }
}
