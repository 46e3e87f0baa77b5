package io.millrace.broadcast.sse;

import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.outbound.ClientTransport;
import io.millrace.broadcast.outbound.CloseCode;
import io.millrace.broadcast.outbound.EncodedMessages;
import io.millrace.broadcast.outbound.OutboundMessage;
import io.millrace.broadcast.transport.ResponseFlow;
import io.millrace.platform.http.UnsentBytes;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Server-sent events (WHATWG HTML, 9.2). With one stream an event's id is its position, and all clients share its text; with
 * several streams the id holds the position of each. Owned by its event loop.
 */
final class SseTransport implements ClientTransport {
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final @Nullable Map<String, String> positions;
    private @Nullable ResponseFlow flow;
    private Buffer pending = Buffer.buffer();
    private boolean shared;

    SseTransport(HttpServerRequest request, int streams) {
        this.request = request;
        this.response = request.response();
        this.positions = streams > 1 ? new LinkedHashMap<>() : null;
    }

    /** Reports to the connection when the response is full, and when it has room again. */
    void serve(Connection served, int buffer) {
        flow = new ResponseFlow(served, buffer);
    }

    @Override
    public String name() {
        return "sse";
    }

    @Override
    public void write(EncodedMessages messages) {
        appendRetry(messages);
        if (positions != null) {
            messages.messages().forEach(message -> append(messages.stream(), message, positions));
        } else if (pending.length() == 0) {
            // Most turns have one write, whose text all clients share.
            pending = messages.eventStream();
            shared = true;
        } else {
            own().appendBuffer(messages.eventStream());
        }
    }

    /** Appends the {@code retry} of a reconnect, which a browser's {@code EventSource} obeys. */
    private void appendRetry(EncodedMessages messages) {
        OutboundMessage first = messages.messages().get(0);
        if (messages.stream() == null && first.type().equals("reconnect")) {
            int after = new JsonObject(Buffer.buffer(first.line())).getInteger("after");
            own().appendString("retry: " + after + "\n");
        }
    }

    private void append(@Nullable String stream, OutboundMessage message, Map<String, String> known) {
        String position = stream == null ? null : message.position();
        if (stream != null && position != null) {
            known.put(stream, position);
        }
        EncodedMessages.appendEvent(own(), message, position == null ? null : id(known));
    }

    private Buffer own() {
        if (shared) {
            pending = pending.copy();
            shared = false;
        }
        return pending;
    }

    /** {@code orders=k3:17,payments=k9:2}. */
    private static String id(Map<String, String> positions) {
        return positions.entrySet().stream()
                .map(one -> URLEncoder.encode(one.getKey(), StandardCharsets.UTF_8) + "=" + one.getValue())
                .collect(Collectors.joining(","));
    }

    @Override
    public void flush() {
        if (response.ended() || response.closed()) {
            pending = Buffer.buffer();
            shared = false;
        }
        if (pending.length() == 0) {
            return;
        }
        Buffer out = pending;
        pending = Buffer.buffer();
        shared = false;
        Future<Void> taken = response.write(out).onFailure(gone -> abort());
        if (flow != null) {
            flow.add(out.length(), taken);
        }
    }

    @Override
    public boolean settle() {
        flush();
        return flow == null || !flow.hasUnsent();
    }

    @Override
    public void reset() {
        UnsentBytes.discard(request);
    }

    @Override
    public long unsent() {
        return flow == null ? 0 : flow.pending();
    }

    @Override
    public boolean writable() {
        return flow == null || !flow.isFull();
    }

    @Override
    public boolean starved() {
        return ResponseFlow.starved(request);
    }

    /** Sends a comment, so that proxies don't close a silent connection; clients don't answer it. */
    @Override
    public boolean ping() {
        own().appendString(": alive\n\n");
        flush();
        return false;
    }

    @Override
    public void close(CloseCode code, String why) {
        flush();
        if (!response.ended()) {
            Future<Void> ended =
                    code == CloseCode.UNAUTHENTICATED ? ResponseFlow.endWithConnection(request) : response.end();
            ended.onFailure(gone -> abort());
        }
    }

    @Override
    public void abort() {
        ResponseFlow.abort(request);
    }
}
