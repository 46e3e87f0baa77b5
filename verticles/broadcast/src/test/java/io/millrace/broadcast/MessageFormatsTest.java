package io.millrace.broadcast;

import static io.millrace.waits.ShortWaits.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Priority;
import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportListener;
import io.millrace.testkit.format.CompactMessages;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every form of messages says the same: what clients of the compact forms read is what a client of the plain form is sent. */
@Timeout(60)
class MessageFormatsTest {
    private static final List<Transport> FORMATS =
            List.of(Transport.WEBSOCKET, Transport.WEBSOCKET_COMPACT, Transport.WEBSOCKET_CBOR);

    /** More than a frame of several messages has. */
    private static final int HUGE = 300_000;

    private final BroadcastFixture front = new BroadcastFixture();

    MessageFormatsTest() throws Exception {}

    @AfterEach
    void end() {
        front.close();
    }

    /** What a subscription asks for, and who. */
    private record Asked(String user, String role, String options) {}

    private static final List<Asked> SUBSCRIPTIONS = List.of(
            new Asked("s-1", "staff", "{}"),
            new Asked("s-1", "staff", "{'filter':{'data.total':{'gte':100}},'removed':true}"),
            new Asked("s-1", "staff", "{'state':true,'delta':true}"),
            new Asked("s-1", "staff", "{'after':'beginning','delta':true,'filter':{'data.total':{'gte':5}}}"),
            new Asked("s-1", "staff", "{'rate':1000}"),
            new Asked("anna", "customer", "{}"),
            new Asked("anna", "customer", "{'after':'beginning'}"),
            new Asked("anna", "customer", "{'state':true,'delta':true}"));

    @Test
    void allFormsOfASubscriptionReadTheSame() {
        front.store.change("o-0", "{\"total\":7,\"customerId\":\"anna\"}");
        front.store.commit(3);
        List<List<TransportListener>> all = new ArrayList<>();
        for (Asked asked : SUBSCRIPTIONS) {
            all.add(FORMATS.stream().map(format -> open(format, asked)).toList());
        }
        changes();
        front.store.commit(odd());
        front.store.announce("77");
        front.store.commit("anna", HUGE);
        front.store.commit(2);
        front.store.change("o-9", "{\"total\":900,\"customerId\":\"anna\"}");
        for (List<TransportListener> forms : all) {
            forms.forEach(form -> await().until(() ->
                    form.events().stream().anyMatch(event -> event.encode().contains("900"))));
            List<String> plain = texts(forms.get(0));
            assertTrue(plain.size() > 3, plain::toString);
            assertEquals(plain, texts(forms.get(1)));
            assertEquals(plain, texts(forms.get(2)));
        }
        assertTrue(all.get(2).get(2).events().stream()
                .anyMatch(event -> event.getJsonObject("data").containsKey("patch")));
        assertNotNull(all.get(1).get(1).first("removed"));
        assertNotNull(all.get(7).get(2).first("state"));
        all.forEach(forms -> forms.forEach(TransportListener::close));
    }

    private void changes() {
        front.store.change("o-1", "{\"total\":500.25,\"customerId\":\"anna\",\"note\":\"" + "n".repeat(99) + "\"}");
        front.store.change("o-1", "{\"total\":500.5,\"customerId\":\"anna\",\"note\":\"" + "n".repeat(99) + "\"}");
        front.store.change("o-1", "{\"total\":5,\"customerId\":\"anna\",\"note\":\"" + "n".repeat(99) + "\"}");
        front.store.change("order:created", "o-2", "anna", "{\"total\":120,\"customerId\":\"anna\"}");
        front.store.change("order:created", "o-2", "bert", "{\"total\":130,\"customerId\":\"bert\"}");
        front.store.change("order:deleted", "o-1", "anna", "{}");
        front.store.change("order:purged", "o-2", null, "{}");
    }

    /** Events that are unusual in everything that the forms shorten, and their data. */
    private static List<Event> odd() {
        List<Event> events = new ArrayList<>();
        String v7 = "019ad6a0-1c2b-7def-8123-456789abcdef";
        List<String> ids = List.of(
                v7,
                v7.replace("cdef", "cdff"),
                // Of a time whose microseconds don't fit into 53 bits.
                "ffffffff-ffff-7fff-8fff-ffffffffffff",
                UUID.nameUUIDFromBytes(new byte[1]).toString(),
                v7.toUpperCase(Locale.ROOT),
                v7.replace('-', '_'),
                "00000000-0000-0000-0000-00000000000g",
                "~tilde",
                "~~",
                "é😀\u202e",
                "x".repeat(128));
        List<String> data = List.of(
                "{}",
                "{\"total\":129.5,\"a\":[1,-1,0.1,1e300,-1.5e-7,true,false,null,[],{}]}",
                "{\"total\":12345678901234567890123,\"b\":-9223372036854775808,\"c\":18446744073709551615}",
                "{\"total\":0.12345678901234567890123,\"text\":\"é😀\\n\\\"\\\\\"}",
                "{\"total\":100,\"deep\":" + "[".repeat(50) + "]".repeat(50) + "}");
        for (int i = 0; i < ids.size(); i++) {
            Event.Builder event = Event.builder(
                            ids.get(i), i % 4 == 3 ? "order:forgotten" : "order:created", i < 6 ? "shop/eu" : "é" + i)
                    .timeMicros(1_764_000_000_000_000L
                            + List.of(0, 1, 1_000, 1_000_000, -5_000_000).get(i % 5))
                    .priority(Priority.values()[i % 4])
                    .data(data.get(i % data.size()).getBytes(StandardCharsets.UTF_8))
                    .stream(StreamStore.STREAM)
                    .owner(i % 2 == 0 ? "anna" : "bert")
                    .acceptedAtMicros(1);
            if (i % 3 == 0) {
                event.metadata("{\"category\":\"eu\",\"tags\":[\"a\"]}".getBytes(StandardCharsets.UTF_8));
            }
            events.add(event.build());
        }
        events.add(events.get(0).toBuilder().build());
        // A type of another namespace, which the stream's subscribers were not sent.
        events.add(Event.builder("room", "room:joined", "tests").stream(StreamStore.STREAM)
                .timeMicros(1)
                .build());
        return events;
    }

    private TransportListener open(Transport format, Asked asked) {
        JsonObject options = new JsonObject(asked.options().replace('\'', '"')).put("stream", StreamStore.STREAM);
        TransportListener listener = format.open(front.uri, front.token(asked.user(), asked.role()), options);
        await().until(() -> listener.first("subscribed") != null);
        return listener;
    }

    /** What it was sent, but for what is another each time: names, and cursors of a part of the stream. */
    private static List<String> texts(TransportListener listener) {
        return listener.messages().stream()
                .filter(message -> !List.of("welcome", "position").contains(message.getString("type")))
                .map(message -> {
                    JsonObject same = message.copy();
                    if (same.getString("position", "").startsWith("s.") && !same.containsKey("priority")) {
                        same.remove("position");
                        same.remove("head");
                    }
                    return same.encode();
                })
                .toList();
    }

    @ParameterizedTest
    @EnumSource(names = {"WEBSOCKET_COMPACT", "WEBSOCKET_CBOR"})
    void aClientGoesOnInAnotherFormAndAtAnotherNode(Transport format) throws Exception {
        BroadcastFixture other = front.neighbour();
        for (String user : List.of("s-1", "anna")) {
            String role = user.equals("anna") ? "customer" : "staff";
            List<String> ids = new ArrayList<>();
            @Nullable String after = null;
            // Numbers of streams and of types are others there.
            try (TransportListener first = listen(Transport.WEBSOCKET_COMPACT, other, user, role, "rooms", null)) {
                assertNotNull(first);
            }
            for (Transport now : List.of(format, Transport.WEBSOCKET, format, Transport.WEBSOCKET_COMPACT)) {
                BroadcastFixture at = ids.size() % 2 == 0 ? front : other;
                try (TransportListener listener = listen(now, at, user, role, StreamStore.STREAM, after)) {
                    front.store.commit("anna", 10);
                    await().until(() -> listener.events().size() == 1);
                    ids.addAll(listener.ids());
                    after = listener.events().get(0).getString("position");
                }
                front.store.commit("anna", 10);
                try (TransportListener listener = listen(now, other, user, role, StreamStore.STREAM, after)) {
                    await().until(() -> listener.events().size() == 1);
                    ids.addAll(listener.ids());
                    after = listener.events().get(0).getString("position");
                }
            }
            List<Integer> numbers = ids.stream().map(Integer::valueOf).toList();
            assertEquals(8, numbers.size());
            assertEquals(Stream.iterate(numbers.get(0), id -> id + 1).limit(8).toList(), numbers);
        }
    }

    private static TransportListener listen(
            Transport format, BroadcastFixture at, String user, String role, String stream, @Nullable String after) {
        JsonObject options = new JsonObject().put("stream", stream);
        if (after != null) {
            options.put("after", after);
        }
        TransportListener listener = format.open(at.uri, at.token(user, role), options);
        await().until(() -> listener.first("subscribed") != null || listener.first("error") != null);
        return listener;
    }

    @ParameterizedTest
    @EnumSource(names = {"WEBSOCKET_COMPACT", "WEBSOCKET_CBOR"})
    void anEmptyStreamTellsItsEpochWithItsFirstEventAndAResetAnother(Transport format) {
        try (TransportListener all = open(format, new Asked("s-1", "staff", "{}"));
                TransportListener some =
                        open(format, new Asked("s-1", "staff", "{'filter':{'data.total':{'gte':2}}}"))) {
            front.store.change("o-1", "{\"total\":1}");
            front.store.change("o-2", "{\"total\":2}");
            await().until(() -> all.events().size() == 2 && some.events().size() == 1);
            assertEquals(List.of("k1:1", "k1:2"), positions(all));
            assertEquals(List.of("k1:2"), positions(some));
            front.store.reset();
            front.store.change("o-3", "{\"total\":3}");
            await().until(() -> all.events().size() == 3 && some.events().size() == 2);
            assertEquals(List.of("k1:1", "k1:2", "k2:1"), positions(all));
            assertEquals(List.of("k1:2", "k2:1"), positions(some));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"WEBSOCKET_COMPACT", "WEBSOCKET_CBOR"})
    void aSlowClientMissesWhatTheGapSaysAndNothingElse(Transport format) {
        try (TransportListener slow = open(format, new Asked("s-1", "staff", "{'slow':'drop'}"))) {
            slow.pause();
            for (int i = 0; i < 60; i++) {
                front.store.commit("anna", HUGE);
            }
            await().until(() -> front.counter("millrace.broadcast.slow.consumers") >= 1);
            slow.resume();
            await().until(() -> sentOrMissing(slow).contains(60));
            front.store.commit(1);
            await().until(() -> sentOrMissing(slow).contains(61));
            assertFalse(slow.all("gap").isEmpty());
            assertEquals(IntStream.rangeClosed(1, 61).boxed().toList(), sentOrMissing(slow));
        }
    }

    /** The offsets of the events that came, and of those that gaps name. */
    private static List<Integer> sentOrMissing(TransportListener listener) {
        IntStream sent = listener.events().stream().mapToInt(event -> offset(event, "position"));
        IntStream missing = listener.all("gap").stream()
                .flatMapToInt(gap -> IntStream.rangeClosed(offset(gap, "from"), offset(gap, "to")));
        return IntStream.concat(sent, missing).sorted().boxed().toList();
    }

    private static int offset(JsonObject message, String name) {
        return Integer.parseInt(message.getString(name).substring("k1:".length()));
    }

    @ParameterizedTest
    @ValueSource(strings = {CompactMessages.COMPACT, CompactMessages.CBOR})
    void compressedFramesAreReadLikeOthers(String subprotocol) throws Exception {
        CompactMessages messages = new CompactMessages();
        List<JsonObject> read = new CopyOnWriteArrayList<>();
        var socket =
                BroadcastFixture.done(front.client(new WebSocketClientOptions().setTryUsePerMessageCompression(true))
                        .connect(new WebSocketConnectOptions()
                                .setHost("127.0.0.1")
                                .setPort(front.uri.getPort())
                                .setURI("/api/ws")
                                .addHeader("Authorization", "Bearer " + front.token("s-1", "staff"))
                                .setSubProtocols(List.of(subprotocol))));
        socket.textMessageHandler(text -> read.addAll(messages.text(text)));
        socket.binaryMessageHandler(binary -> read.addAll(messages.binary(binary.getBytes())));
        BroadcastFixture.done(socket.writeTextMessage("{\"type\":\"subscribe\",\"stream\":\"orders\"}"));
        await().until(() -> read.stream().anyMatch(one -> "subscribed".equals(one.getString("type"))));
        front.store.commit("anna", 10_000);
        front.store.commit(odd());
        await().until(() ->
                read.stream().filter(one -> one.containsKey("priority")).count() == 14);
        assertEquals(subprotocol, socket.subProtocol());
    }

    /** A client learns of no type that it may not see. */
    @Test
    void typesAreSentOnceAndOnlyThoseThatMayBeSeen() throws Exception {
        List<JsonObject> read = new CopyOnWriteArrayList<>();
        // Before it connects, or the first message may come before there is somebody to take it.
        ClientWebSocket socket = front.client(new WebSocketClientOptions()).webSocket();
        socket.textMessageHandler(text -> text.lines().map(JsonObject::new).forEach(read::add));
        var opened = BroadcastFixture.done(socket.connect(new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(front.uri.getPort())
                .setURI("/api/ws")
                .addHeader("Authorization", "Bearer " + front.token("anna", "player"))
                .setSubProtocols(List.of(CompactMessages.COMPACT))));
        for (String stream : List.of("orders", "game:1", "kpi:sales")) {
            BroadcastFixture.done(opened.writeTextMessage("{\"type\":\"subscribe\",\"stream\":\"" + stream + "\"}"));
        }
        await().until(() -> read.size() >= 4);
        assertFalse(read.toString().contains("order:"), read::toString);
    }

    private static List<String> positions(TransportListener listener) {
        return listener.events().stream()
                .map(event -> event.getString("position"))
                .toList();
    }
}
