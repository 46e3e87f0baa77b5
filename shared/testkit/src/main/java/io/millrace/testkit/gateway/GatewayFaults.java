package io.millrace.testkit.gateway;

import org.jspecify.annotations.Nullable;

/** What a {@link GatewayStandIn} does wrong, or otherwise than it would. Set from any thread. */
public final class GatewayFaults {
    /** Between heartbeats, as the hello says; others than a number are possible. */
    public volatile Object heartbeatMs = 1_000;
    /** Whether there is a hello at all. */
    public volatile boolean hello = true;
    /** Whether heartbeats are acknowledged. */
    public volatile boolean acknowledges = true;
    /** Whether heartbeats must come. */
    public volatile boolean wantsHeartbeats = true;
    /** The code with which it closes instead of READY; null for none. */
    public volatile @Nullable Integer closeAtIdentify;
    /** The code with which it closes instead of replaying; null for none. */
    public volatile @Nullable Integer closeAtResume;
    /** The content of the invalid session that comes instead of READY; null for none. */
    public volatile @Nullable Boolean invalidAtIdentify;
    /** The content of the invalid session that comes instead of a replay; null for none. */
    public volatile @Nullable Boolean invalidAtResume;
    /** The most bytes of a WebSocket frame: messages are sent in as many as that takes. */
    public volatile int frameBytes = Integer.MAX_VALUE;
    /** How many dispatches are replayed that the client has. */
    public volatile int replayedTwice;
    /** What the client is told about where to resume; null for where it is. */
    public volatile @Nullable String resumeUrl;
    /** How often the bot may still identify. */
    public volatile int remaining = 1_000;
    /** When that is reset. */
    public volatile long resetAfterMs = 86_000_000;
    /** In which time those may identify once. */
    public volatile long identifyMs = 5_000;
    /** How many shards may identify at a time. */
    public volatile int concurrency = 1;
    /** The status of the HTTP interface. */
    public volatile int apiStatus = 200;
    /** The token that the bot has. */
    public volatile String token = "the token of the tests";
}
