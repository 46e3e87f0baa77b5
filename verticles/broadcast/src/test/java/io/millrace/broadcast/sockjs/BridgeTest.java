package io.millrace.broadcast.sockjs;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.broadcast.BroadcastFixture;
import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportClient;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** SockJS as its clients expect it, on every transport that is served. */
@Timeout(60)
class BridgeTest {
    private static final String HALF = "x".repeat(600 << 10);

    private final BroadcastFixture front = new BroadcastFixture();
    private final TransportClient client = new TransportClient(HttpVersion.HTTP_1_1, 5);

    BridgeTest() throws Exception {}

    @AfterEach
    void end() {
        client.close();
        front.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/eventbus/websocket", "/eventbus/000/one/websocket"})
    void aMessageOfMoreThanAMebibyteInFragmentsEndsASocketWith1009(String path) throws Exception {
        WebSocket socket = BroadcastFixture.done(client.sockets()
                .connect(new WebSocketConnectOptions()
                        .setHost(front.uri.getHost())
                        .setPort(front.uri.getPort())
                        .setURI(path)));
        List<String> frames = new CopyOnWriteArrayList<>();
        socket.textMessageHandler(frames::add);
        socket.writeFrame(WebSocketFrame.textFrame(HALF, false)).onFailure(gone -> {});
        socket.writeFrame(WebSocketFrame.continuationFrame(Buffer.buffer(HALF), true))
                .onFailure(gone -> {});
        await().until(socket::isClosed);
        assertEquals((short) 1009, socket.closeStatusCode());
        await().until(() -> front.gauge("millrace.broadcast.connections") == 0);
    }

    @ParameterizedTest
    @EnumSource(names = {"XHR", "XHR_STREAMING", "EVENT_SOURCE"})
    void aMessageOfMoreThanAMebibyteEndsASessionOverHttpWith1009(SockJsResponse.Kind kind) throws Exception {
        String session = Transport.session();
        String way = kind == SockJsResponse.Kind.EVENT_SOURCE
                ? "/eventsource"
                : "/" + kind.name().toLowerCase(Locale.ROOT);
        HttpMethod method = kind == SockJsResponse.Kind.EVENT_SOURCE ? HttpMethod.GET : HttpMethod.POST;
        StringBuffer got = follow(method, session + way);
        await().until(() -> got.toString().contains("o"));
        String tooLong = new JsonArray().add(HALF + HALF).encode();
        assertEquals(413, ask(HttpMethod.POST, session + "/xhr_send", tooLong).status());
        await().until(() -> {
            if (kind == SockJsResponse.Kind.XHR && !got.toString().contains("c[")) {
                got.append(ask(method, session + way, "").text());
            }
            return got.toString().contains("c[1009,");
        });
    }

    @Test
    void aConnectionThatCarriedAPollIsKeptForTheNext() throws Exception {
        String session = Transport.session();
        List<HttpConnection> connections = new CopyOnWriteArrayList<>();
        try (TransportClient one = new TransportClient(HttpVersion.HTTP_1_1, 1)) {
            for (String path : List.of(session + "/xhr", "/eventbus/info")) {
                HttpMethod method = path.endsWith("xhr") ? HttpMethod.POST : HttpMethod.GET;
                BroadcastFixture.done(one.http().request(options(method, path)).compose(request -> {
                    connections.add(request.connection());
                    return request.send().compose(HttpClientResponse::body);
                }));
            }
        }
        assertEquals(connections.get(0), connections.get(1));
    }

    @Test
    void aRequestForASessionOfAnotherNodeIsRefusedWithTheReason() throws Exception {
        Answer answer = ask(HttpMethod.POST, Transport.session() + "/xhr_send", "[\"{}\"]");
        assertEquals(404, answer.status());
        JsonObject problem = new JsonObject(answer.text());
        assertEquals("not_found", problem.getString("code"));
        assertTrue(problem.getString("detail").contains("several nodes"), problem::encode);
    }

    @Test
    void aSecondResponseOfASessionIsRefused() throws Exception {
        String session = Transport.session();
        StringBuffer stream = follow(HttpMethod.POST, session + "/xhr_streaming");
        await().until(() -> stream.toString().endsWith("o\n"));
        assertEquals(
                "c[2010,\"Another connection still open\"]\n",
                ask(HttpMethod.POST, session + "/xhr", "").text());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/eventbus/iframe.html",
                "/eventbus/iframe-1.6.1.html",
                "/eventbus/000/one/jsonp?c=f",
                "/eventbus/000/one/htmlfile?c=f"
            })
    void nothingThatRunsAScriptIsServed(String path) throws Exception {
        assertEquals(404, ask(HttpMethod.GET, path, "").status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "\"one\" \"two\"", "[1]", "{\"a\":1}"})
    void anInvalidFrameIsRefused(String frame) throws Exception {
        String session = Transport.session();
        assertEquals("o\n", ask(HttpMethod.POST, session + "/xhr", "").text());
        Answer answer = ask(HttpMethod.POST, session + "/xhr_send", frame);
        assertEquals(400, answer.status());
        assertEquals("bad_message", new JsonObject(answer.text()).getString("code"));
    }

    @Test
    void aPageOfAnotherOriginGetsNoSession() throws Exception {
        HttpClientResponse answer = BroadcastFixture.done(client.http()
                .request(options(HttpMethod.POST, Transport.session() + "/xhr").putHeader("Origin", "http://elsewhere"))
                .compose(request -> request.send()));
        assertEquals(403, answer.statusCode());
        assertNull(answer.getHeader("Access-Control-Allow-Origin"));
    }

    private record Answer(int status, String text) {}

    private Answer ask(HttpMethod method, String path, String body) throws Exception {
        return BroadcastFixture.done(
                client.http().request(options(method, path)).compose(request -> request.setChunked(true)
                        .send(Buffer.buffer(body))
                        .compose(response ->
                                response.body().map(text -> new Answer(response.statusCode(), text.toString())))));
    }

    /** What comes of a response, while it does. */
    private StringBuffer follow(HttpMethod method, String path) throws Exception {
        StringBuffer got = new StringBuffer();
        BroadcastFixture.done(client.http().request(options(method, path)).compose(request -> request.send()
                .onSuccess(response -> response.handler(got::append))));
        return got;
    }

    private RequestOptions options(HttpMethod method, String path) {
        return new RequestOptions()
                .setMethod(method)
                .setHost(front.uri.getHost())
                .setPort(front.uri.getPort())
                .setURI(path);
    }
}
