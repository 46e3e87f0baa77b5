package io.millrace.benchmarks.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * A WebSocket that follows a number of keyed streams, each with a filter that nobody else has: one value that all who should
 * get the events share, and one of its own. Owned by one thread.
 */
public final class FilteredSubscriber extends WebSocketConnection {
    /** What the events have, and the filters of those who should get them. */
    public static final int WANTED = 0;

    private static final byte[] SUBSCRIBED = "\"type\":\"subscribed\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ERROR = "\"type\":\"error\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TIME = "\"t\":".getBytes(StandardCharsets.US_ASCII);
    /** Of values that no event has, one for each filter. */
    private static final int OWN = 1_000_000;

    private final int number;
    private final int streams;
    private final boolean matching;
    private int subscribed;
    private long events;

    /** @param matching whether it should get the events */
    public FilteredSubscriber(int port, String token, int number, int streams, boolean matching) throws IOException {
        super(port, token);
        this.number = number;
        this.streams = streams;
        this.matching = matching;
    }

    public boolean ready() {
        return subscribed == streams;
    }

    public boolean isMatching() {
        return matching;
    }

    public long events() {
        return events;
    }

    @Override
    void opened() throws IOException {
        for (int stream = 0; stream < streams; stream++) {
            int one = matching ? WANTED : OWN - 1 - number;
            int other = OWN + number * streams + stream;
            send("{\"type\":\"subscribe\",\"id\":" + stream + ",\"stream\":\"keyed:" + stream
                    + "\",\"filter\":{\"data.group\":{\"in\":[" + one + "," + other + "]}}}");
        }
    }

    @Override
    void text(byte[] bytes, int from, int to, long nowNanos) throws IOException {
        if (ByteSearch.find(bytes, from, to, ERROR) >= 0) {
            throw new IOException("refused: " + new String(bytes, from, to - from, StandardCharsets.UTF_8));
        }
        subscribed += ByteSearch.count(bytes, from, to, SUBSCRIBED);
        events += ByteSearch.count(bytes, from, to, TIME);
        if (events > 0 && !matching) {
            throw new IOException("an event came through a filter that it doesn't match");
        }
    }
}
