package io.millrace.broadcast.sockjs;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.broadcast.bridge.BridgeSession;
import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.outbound.CloseCode;
import io.millrace.broadcast.transport.ConnectionRegistry;
import io.millrace.broadcast.transport.TransportContext;
import io.millrace.broadcast.websocket.PerMessageDeflate;
import io.millrace.broadcast.websocket.WebSocketRoute;
import io.millrace.broadcast.websocket.WebSocketTransport;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.ClientJson;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.delivery.MessageFormat;
import io.millrace.platform.http.ProblemResponses;
import io.millrace.platform.http.server.HttpServerVerticle;
import io.netty.channel.Channel;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * {@code /eventbus/*}: SockJS 0.3.3, for the stock clients of the event-bus bridge. It has no transports that put a client's
 * input into a script (JSONP, HTML file), nor the iframe, which loads a foreign script. A session lives on one node:
 * another node refuses its requests.
 */
public final class SockJsRoute {
    private static final String SESSION = "/eventbus/:server/:session/";
    private static final int MAX_ID = 128;

    private final TransportContext transports;
    private final ConcurrentMap<String, SockJsSession> sessions;

    /**
     * Makes the route.
     *
     * @param sessions the node's open SockJS sessions over HTTP, by the ids that their clients chose
     */
    public SockJsRoute(TransportContext transports, ConcurrentMap<String, SockJsSession> sessions) {
        this.transports = transports;
        this.sessions = sessions;
    }

    public void mount(Router router) {
        router.route("/eventbus/*").handler(this::admit);
        router.get("/eventbus").handler(SockJsRoute::writeGreeting);
        router.get("/eventbus/info").handler(SockJsRoute::writeInfo);
        router.get("/eventbus/websocket").handler(ctx -> upgrade(ctx, false));
        router.get(SESSION + "websocket").handler(ctx -> upgrade(ctx, true));
        router.post(SESSION + "xhr").handler(ctx -> receive(ctx, SockJsResponse.Kind.XHR));
        router.post(SESSION + "xhr_streaming").handler(ctx -> receive(ctx, SockJsResponse.Kind.XHR_STREAMING));
        router.get(SESSION + "eventsource")
                .putMetadata(HttpServerVerticle.ENDLESS, true)
                .handler(ctx -> receive(ctx, SockJsResponse.Kind.EVENT_SOURCE));
        router.post(SESSION + "xhr_send").handler(this::findSession);
        router.post(SESSION + "xhr_send")
                .handler(BodyHandler.create(false).setBodyLimit(HttpServerVerticle.MAX_MESSAGE))
                .handler(this::send)
                .failureHandler(this::failed);
    }

    private void admit(RoutingContext ctx) {
        HttpServerRequest request = ctx.request();
        try {
            transports.admission().checkOrigin(request);
        } catch (MillraceException refused) {
            ProblemResponses.answer(ctx, refused);
            return;
        }
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin != null) {
            // A cookie may pin the session to its node.
            ctx.response()
                    .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, origin)
                    .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true")
                    .putHeader(HttpHeaders.VARY, "Origin");
        }
        ctx.next();
    }

    private static void writeGreeting(RoutingContext ctx) {
        answer(ctx.response().putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=UTF-8"), "Welcome to SockJS!\n");
    }

    private static void writeInfo(RoutingContext ctx) {
        JsonObject info = new JsonObject()
                .put("websocket", true)
                // A proxy before several nodes needs it to pin a session to one of them.
                .put("cookie_needed", true)
                .put("origins", new JsonArray().add("*:*"))
                .put("entropy", ThreadLocalRandom.current().nextLong(1L << 32));
        answer(
                ctx.response()
                        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json; charset=UTF-8")
                        .putHeader(HttpHeaders.CACHE_CONTROL, "private, no-store"),
                info.encode());
    }

    private static void answer(HttpServerResponse response, String text) {
        response.end(text).onFailure(gone -> {});
    }

    /** A client of the bridge authenticates later, by its messages. */
    private void admitConnection(HttpServerRequest request) {
        transports.admission().check(request);
        transports.admission().countAttempt(request, Principal.PUBLIC);
    }

    private void upgrade(RoutingContext ctx, boolean sockJs) {
        HttpServerRequest request = ctx.request();
        if (!request.canUpgradeToWebSocket()) {
            throw new MillraceException(Failure.BAD_MESSAGE, "this is a WebSocket: GET with Upgrade: websocket");
        }
        if (WebSocketRoute.refusesHandshake(ctx)) {
            return;
        }
        admitConnection(request);
        PerMessageDeflate.refuse(WebSocketRoute.channel(ctx));
        request.toWebSocket()
                .onSuccess(socket -> accept(
                        socket,
                        WebSocketRoute.channel(ctx),
                        transports.admission().address(request),
                        sockJs))
                .onFailure(error -> ProblemResponses.answer(ctx, error));
    }

    private void accept(ServerWebSocket socket, Channel channel, String address, boolean sockJs) {
        ConnectionRegistry connections = transports.connections();
        WebSocketTransport frames =
                new WebSocketTransport(socket, channel, transports.settings().buffer(), false, MessageFormat.JSON);
        SockJsWebSocketTransport transport = new SockJsWebSocketTransport(frames, sockJs);
        Connection connection = new Connection(UUID.randomUUID().toString(), connections.hub(), transport);
        frames.serve(connection);
        BridgeSession bridge = new BridgeSession(transports, connection, transport, address);
        connections.opened(connection, address);
        WebSocketRoute.listen(socket, connection, connections, text -> {
            if (!sockJs) {
                bridge.receive(text);
            } else if (!text.isEmpty()) {
                try {
                    messages(text).forEach(bridge::receive);
                } catch (MillraceException noFrame) {
                    connection.close(CloseCode.BAD_MESSAGE, noFrame.failure(), String.valueOf(noFrame.getMessage()));
                }
            }
        });
    }

    /** The messages of a frame: an array of texts, or one text. */
    private static List<String> messages(String frame) {
        JsonNode texts = ClientJson.value("the frame", frame);
        List<String> messages = new ArrayList<>();
        for (JsonNode text : texts.isTextual() ? List.of(texts) : texts) {
            if (text.isTextual()) {
                messages.add(text.asText());
            }
        }
        if (!texts.isTextual() && (!texts.isArray() || messages.size() < texts.size())) {
            throw new MillraceException(Failure.BAD_MESSAGE, "a SockJS frame must be an array of strings");
        }
        return messages;
    }

    /** Attaches a response to a session, which the first response opens. */
    private void receive(RoutingContext ctx, SockJsResponse.Kind kind) {
        String id = Objects.requireNonNull(ctx.pathParam("session"));
        SockJsSession session = sessions.get(id);
        if (session == null) {
            if (id.length() > MAX_ID) {
                throw new MillraceException(
                        Failure.BAD_MESSAGE, "the name of a session has at most " + MAX_ID + " characters");
            }
            admitConnection(ctx.request());
            String address = transports.admission().address(ctx.request());
            SockJsSession opened = new SockJsSession(transports, id, sessions, address);
            session = sessions.putIfAbsent(id, opened);
            if (session == null) {
                session = opened;
                opened.open();
            }
        }
        SockJsSession target = session;
        SockJsResponse response =
                new SockJsResponse(ctx.request(), Objects.requireNonNull(Vertx.currentContext()), kind);
        ctx.addEndHandler(over -> target.context().runOnContext(lost -> {
            if (over.failed()) {
                target.lost(response);
            }
        }));
        target.context().runOnContext(attach -> target.attach(response));
    }

    /** Refuses a session that this node doesn't have: it may be on another node. */
    private void findSession(RoutingContext ctx) {
        SockJsSession session = sessions.get(ctx.pathParam("session"));
        if (session == null) {
            throw new MillraceException(
                    Failure.NOT_FOUND,
                    "this node has no such SockJS session: it has ended, or a proxy before several nodes doesn't"
                            + " send a session's requests to the node that has it");
        }
        ctx.put("session", session);
        ctx.next();
    }

    private void send(RoutingContext ctx) {
        SockJsSession session = Objects.requireNonNull(ctx.<SockJsSession>get("session"));
        Buffer body = ctx.body().buffer();
        List<String> messages = messages(ClientJson.utf8("the body", body == null ? new byte[0] : body.getBytes()));
        session.context().runOnContext(turn -> session.receive(messages));
        answer(
                ctx.response()
                        .setStatusCode(204)
                        .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=UTF-8")
                        .putHeader(HttpHeaders.CACHE_CONTROL, "private, no-store"),
                "");
    }

    private void failed(RoutingContext ctx) {
        // Null if the body was refused by its Content-Length, before the session was looked up.
        SockJsSession session = ctx.get("session");
        if (session != null && ctx.statusCode() == 413) {
            session.context().runOnContext(turn -> session.tooLarge());
        }
        ctx.next();
    }
}
