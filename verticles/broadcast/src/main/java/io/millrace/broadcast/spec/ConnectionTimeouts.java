package io.millrace.broadcast.spec;

import java.time.Duration;

/**
 * When a connection is pinged, and when it is closed.
 *
 * @param heartbeat how long a connection may be silent before it is pinged
 * @param grace how long a client may take to answer a ping
 * @param slow how long a client may take nothing before it is closed
 * @param position how often a client that sees only a part of a stream is sent its position
 */
public record ConnectionTimeouts(Duration heartbeat, Duration grace, Duration slow, Duration position) {}
