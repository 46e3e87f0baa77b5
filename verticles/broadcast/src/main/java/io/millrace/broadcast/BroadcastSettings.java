package io.millrace.broadcast;

import io.millrace.broadcast.hub.Connection;
import io.millrace.platform.http.HttpSettings;
import io.millrace.platform.http.TrustedProxies;
import io.millrace.platform.settings.Settings;
import java.time.Duration;
import java.util.List;

/**
 * @param heartbeat a silent connection is asked for a sign of life this often
 * @param heartbeatGrace and has so long to give it
 * @param authentication how long a connection may take to say who it is, before it is {@code public}
 * @param connections on this node
 * @param attempts to connect in a minute, of one user, or without a token from one address
 * @param polls in a minute, of one user or address
 * @param tickets in a minute, of one user
 * @param messages in a minute, on one connection
 * @param subscriptions on one connection
 * @param buffer bytes that may wait for one socket; then it is fed again when it has read them
 * @param slow how long a socket may take nothing before it is closed
 * @param position how often a client that gets only a part of a stream is told how far it is; one that may see no more is
 *     told whether that moved or not
 * @param retreat over what time the clients of a draining node are told to come back
 * @param linger how long somebody may be away before others are told that they went
 * @param histories pages of history asked for at once
 * @param stateEntities of one stream that a client is told at once
 * @param recentEvents of each stream kept in memory, for those who come back
 * @param recentBytes likewise
 * @param origins whose pages may open a WebSocket, besides the front's own; {@code *} for any
 * @param proxies who may say for whom they forward a request
 */
public record BroadcastSettings(
        Duration heartbeat,
        Duration heartbeatGrace,
        Duration authentication,
        int connections,
        int attempts,
        int polls,
        int tickets,
        int messages,
        int subscriptions,
        int buffer,
        Duration slow,
        Duration position,
        Duration retreat,
        Duration linger,
        int histories,
        int stateEntities,
        int recentEvents,
        long recentBytes,
        List<String> origins,
        TrustedProxies proxies) {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration HOUR = Duration.ofHours(1);

    public static BroadcastSettings from(Settings settings) {
        return new BroadcastSettings(
                heartbeat(settings),
                settings.duration("broadcast.heartbeat.grace", Duration.ofSeconds(5), SECOND, HOUR),
                settings.duration("broadcast.authentication", Duration.ofSeconds(5), SECOND, HOUR),
                settings.integer("broadcast.connections.max", 10_000, 1, 1_000_000),
                settings.integer("broadcast.connect.rate", 10, 1, 1_000_000),
                settings.integer("broadcast.polls.max", 600, 1, 1_000_000),
                settings.integer("broadcast.tickets.max", 60, 1, 1_000_000),
                settings.integer("broadcast.messages.max", 100, 1, 1_000_000),
                settings.integer("broadcast.subscriptions.max", 100, 1, 10_000),
                (int) settings.bytes("broadcast.buffer.max", 512 << 10, 64 << 10, 64 << 20),
                settings.duration("broadcast.slow.timeout", Duration.ofSeconds(10), SECOND, HOUR),
                settings.duration("broadcast.position.every", Duration.ofSeconds(5), SECOND, HOUR),
                settings.duration("broadcast.reconnect.spread", Duration.ofSeconds(3), SECOND, Duration.ofMinutes(5)),
                settings.duration("broadcast.presence.linger", Duration.ofSeconds(5), Duration.ZERO, HOUR),
                settings.integer("broadcast.history.concurrency", 8, 1, 1_000),
                settings.integer("broadcast.state.max", 10_000, 1, 100_000),
                settings.integer("broadcast.recent.events", 2_000, 1, 1_000_000),
                settings.bytes("broadcast.recent.bytes", 4L << 20, 64L << 10, 1L << 30),
                settings.texts("http.origins", List.of()),
                HttpSettings.proxies(settings));
    }

    public Connection.ConnectionTimeouts timeouts() {
        return new Connection.ConnectionTimeouts(heartbeat, heartbeatGrace, slow, position);
    }

    /** A silent connection is looked at once a second, and must still be there to be asked. */
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
