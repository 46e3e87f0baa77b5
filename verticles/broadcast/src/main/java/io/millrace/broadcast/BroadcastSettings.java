package io.millrace.broadcast;

import io.millrace.broadcast.spec.ConnectionTimeouts;
import io.millrace.platform.http.HttpSettings;
import io.millrace.platform.http.SharedCache;
import io.millrace.platform.http.TrustedProxies;
import io.millrace.platform.node.DrainSettings;
import io.millrace.platform.settings.Settings;
import io.millrace.platform.tcp.TcpSettings;
import java.time.Duration;
import java.util.List;

/**
 * Settings of the stage.
 *
 * @param heartbeat how long a connection may be silent before it is pinged
 * @param heartbeatGrace how long a pinged client may take to answer
 * @param authentication how long a connection may take to authenticate before it gets the role {@code public}
 * @param connections how many connections this node accepts
 * @param userConnections how many of them one user may have; 0 for any number
 * @param addressConnections how many of them one address may have; 0 for any number
 * @param connectRate how many connections a minute one user, or one address without a token, may open
 * @param polls how many polls a minute one user or address may make
 * @param tickets how many tickets a minute one user may get
 * @param messages how many messages a minute one connection may send
 * @param subscriptions how many subscriptions one connection may have
 * @param buffer how many bytes may wait for one socket before its subscriptions leave their groups
 * @param slow how long a socket may take nothing before it is closed
 * @param position how often a client that sees only a part of a stream is sent its position
 * @param reconnectSpread the time over which a draining node sends its clients to other nodes
 * @param linger how long a user may be disconnected before the user is reported as gone
 * @param historyConcurrency how many pages of history are read at once
 * @param stateEntities how many entities of one stream a client is sent as its state
 * @param recentEvents how many events of each stream are kept in memory for clients that resume
 * @param recentBytes how many bytes of events of each stream are kept in memory for clients that resume
 * @param acknowledge clients acknowledge one of so many events; 0 if they are not asked to
 * @param origins the origins, besides the server's own, whose pages may connect; {@code *} for any
 * @param proxies the proxies whose forwarding headers are believed
 * @param shared what a cache that clients share may keep of polls
 * @param tcp the TCP bridge's server
 */
public record BroadcastSettings(
        Duration heartbeat,
        Duration heartbeatGrace,
        Duration authentication,
        int connections,
        int userConnections,
        int addressConnections,
        int connectRate,
        int polls,
        int tickets,
        int messages,
        int subscriptions,
        int buffer,
        Duration slow,
        Duration position,
        Duration reconnectSpread,
        Duration linger,
        int historyConcurrency,
        int stateEntities,
        int recentEvents,
        long recentBytes,
        int acknowledge,
        List<String> origins,
        TrustedProxies proxies,
        SharedCache shared,
        TcpSettings tcp) {
    private static final Duration SECOND = Duration.ofSeconds(1);
    /** A client that does not go is cut after a second. */
    private static final Duration LAST_CLIENT = Duration.ofMillis(1_300);

    private static final Duration HOUR = Duration.ofHours(1);

    public static BroadcastSettings from(Settings settings) {
        return new BroadcastSettings(
                heartbeat(settings),
                settings.duration("broadcast.heartbeat.grace", Duration.ofSeconds(5), SECOND, HOUR),
                settings.duration("broadcast.authentication", Duration.ofSeconds(5), SECOND, HOUR),
                settings.integer("broadcast.connections.max", 10_000, 1, 1_000_000),
                settings.integer("broadcast.connections.user", 1_000, 0, 1_000_000),
                settings.integer("broadcast.connections.address", 0, 0, 1_000_000),
                settings.integer("broadcast.connect.rate", 10, 1, 1_000_000),
                settings.integer("broadcast.poll.rate", 600, 1, 1_000_000),
                settings.integer("broadcast.ticket.rate", 60, 1, 1_000_000),
                settings.integer("broadcast.message.rate", 100, 1, 1_000_000),
                settings.integer("broadcast.subscriptions.max", 100, 1, 10_000),
                (int) settings.bytes("broadcast.buffer.max", 512 << 10, 64 << 10, 64 << 20),
                settings.duration("broadcast.slow.timeout", Duration.ofSeconds(10), SECOND, HOUR),
                settings.duration("broadcast.position.every", Duration.ofSeconds(5), SECOND, HOUR),
                reconnectSpread(settings),
                settings.duration("broadcast.presence.linger", Duration.ofSeconds(5), Duration.ZERO, HOUR),
                settings.integer("broadcast.history.concurrency", 8, 1, 1_000),
                settings.integer("broadcast.state.max", 10_000, 1, 100_000),
                settings.integer("broadcast.recent.events", 2_000, 1, 1_000_000),
                settings.bytes("broadcast.recent.bytes", 4L << 20, 64L << 10, 1L << 30),
                settings.integer("broadcast.acknowledge", 0, 0, 1_000_000),
                settings.texts("http.origins", List.of()),
                HttpSettings.proxies(settings),
                SharedCache.from(settings),
                TcpSettings.from(settings));
    }

    /** No more than is left to send them all away, and for the last ones to go. */
    private static Duration reconnectSpread(Settings settings) {
        Duration spread =
                settings.duration("broadcast.reconnect.spread", Duration.ofSeconds(3), SECOND, Duration.ofMinutes(5));
        Duration most = DrainSettings.from(settings).forClients().minus(LAST_CLIENT);
        return spread.compareTo(most) < 0 ? spread : most.isNegative() ? Duration.ZERO : most;
    }

    public ConnectionTimeouts timeouts() {
        return new ConnectionTimeouts(heartbeat, heartbeatGrace, slow, position);
    }

    /** Connections are checked once a second, and {@code http.idle} must not close one before its first ping. */
    private static Duration heartbeat(Settings settings) {
        Duration heartbeat = settings.duration("broadcast.heartbeat", Duration.ofSeconds(30), SECOND, HOUR);
        Duration idle = HttpSettings.idle(settings);
        if (idle.compareTo(heartbeat.plus(SECOND)) <= 0) {
            settings.refuse(
                    "http.idle",
                    "closes a silent connection after " + idle.toSeconds()
                            + "s, before it is asked for a sign of life: " + "that is broadcast.heartbeat, "
                            + heartbeat.toSeconds() + "s, and up to a second more");
        }
        return heartbeat;
    }
}
