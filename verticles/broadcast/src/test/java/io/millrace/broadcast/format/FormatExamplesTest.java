package io.millrace.broadcast.format;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.broadcast.outbound.EncodedMessages;
import io.millrace.broadcast.outbound.OutboundEvent;
import io.millrace.broadcast.outbound.OutboundMessage;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.event.Priority;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.EventType;
import io.millrace.platform.delivery.MessageFormat;
import io.millrace.platform.delivery.PositionCipher;
import io.millrace.platform.delivery.Visibility;
import io.netty.buffer.ByteBuf;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the guide shows of the forms is what is sent, and how many bytes that is. */
class FormatExamplesTest {
    private static final Path ROOT = Path.of("../..");
    private static final Path GUIDE = ROOT.resolve("shared/docs/message-formats.md");
    private static final PositionCipher CIPHER =
            new PositionCipher("a key of sixteen bytes".getBytes(StandardCharsets.US_ASCII));
    /** Ten days before the events, so that times are as long as they become. */
    private static final long SINCE = 1_763_700_000_000_000L;

    /** Of a frame of 126 bytes to 64 KiB. */
    private static final int HEADER = 4;
    /** The aim for the message of the measurements, of the payload's own frame. */
    private static final double AIM = 1.25;

    @Test
    void theExamplesOfTheGuideAreWhatIsSent() throws Exception {
        DomainModel shop = model("conf/domains/shop.yaml");
        StreamNumbers.Numbered orders = new StreamNumbers.Numbered("orders", 7, SINCE, shop.namespaceOf("orders"));
        JsonObject subscribed = new JsonObject()
                .put("type", "subscribed")
                .put("id", 1)
                .put("stream", "orders")
                .put("position", "k3:1041")
                .put("head", "k3:1041")
                .put("recovered", true);
        EventType created = Objects.requireNonNull(shop.type("order:created"));
        new SentTypes().addTo(subscribed, orders, shop, new Visibility(Set.of(created.name()), Set.of(), false));
        List<OutboundMessage> frame = new ArrayList<>();
        for (OutboundEvent event : example(shop)) {
            frame.add(event.encode(true, CIPHER));
        }
        frame.add(example(shop).get(1).encodeState(true, CIPHER));
        EncodedMessages messages = new EncodedMessages(orders, frame, null);
        byte[] json = payload(messages, MessageFormat.JSON);
        byte[] compact = payload(messages, MessageFormat.COMPACT);
        byte[] cbor = payload(messages, MessageFormat.CBOR);
        OutboundMessage pong =
                OutboundMessage.of(new JsonObject().put("type", "pong").put("id", 7));
        byte[] cborPong = payload(EncodedMessages.of(null, pong), MessageFormat.CBOR);
        assertAll(
                () -> assertShown("subscribed", subscribed.encode()),
                () -> assertShown("plain", new String(json, StandardCharsets.UTF_8)),
                () -> assertShown("compact", new String(compact, StandardCharsets.UTF_8)),
                () -> assertShown("cbor", HexFormat.of().formatHex(cbor)),
                () -> assertShown("cbor-pong", HexFormat.of().formatHex(cborPong)));
    }

    private static List<OutboundEvent> example(DomainModel shop) {
        EntityRef order = new EntityRef("order", "orders", "o-17");
        Event first = Event.builder("019ad6a0-1c2b-7def-8123-456789abcdef", "order:created", "shop/eu")
                .timeMicros(0x019ad6a01c2bL * 1_000 + 215)
                .priority(Priority.HIGH)
                .data("{\"orderId\":\"o-17\",\"total\":129.5,\"status\":\"new\"}".getBytes(StandardCharsets.UTF_8))
                .stream("orders")
                .entity(order)
                .build();
        byte[] paid = "{\"orderId\":\"o-17\",\"total\":129.5,\"status\":\"paid\"}".getBytes(StandardCharsets.UTF_8);
        Event second = Event.builder("invoice-7", "order:created", "shop/eu")
                .timeMicros(first.timeMicros() + 1_500)
                .data(paid)
                .metadata("{\"tags\":[\"eu\"]}".getBytes(StandardCharsets.UTF_8))
                .stream("orders")
                .entity(order)
                .build();
        return List.of(
                OutboundEvent.of(shop, new CommittedEvent(first, new Position("k3", 1042), 1, null)),
                OutboundEvent.of(shop, new CommittedEvent(second, new Position("k3", 1043), 2, paid)));
    }

    /** The guide has it in a block of that name, whose lines end where they like. */
    private static void assertShown(String block, String sent) throws Exception {
        String guide = Files.readString(GUIDE);
        int start = guide.indexOf("<!-- example: " + block + " -->");
        assertTrue(start >= 0, "no example " + block + "; it is:\n" + sent);
        int from = guide.indexOf('\n', guide.indexOf("```", start)) + 1;
        String shown = guide.substring(from, guide.indexOf("\n```", from));
        assertEquals(sent, block.startsWith("cbor") ? shown.replaceAll("\\s", "") : shown);
    }

    @Test
    void aMessageIsLittleMoreThanItsPayload() throws Exception {
        StringBuilder table =
                new StringBuilder("| message | payload | plain | compact | CBOR | ten in a frame, each |\n");
        for (Map.Entry<String, OutboundEvent> sample : samples().entrySet()) {
            OutboundEvent event = sample.getValue();
            int payload = event.event().data().length;
            double[] alone = new double[3];
            double[] often = new double[3];
            for (MessageFormat format : MessageFormat.values()) {
                alone[format.ordinal()] = frame(event, 1, format);
                often[format.ordinal()] = frame(event, 10, format) / 10.0;
            }
            table.append("| ").append(sample.getKey()).append(" | ").append(payload);
            for (double bytes : alone) {
                table.append(String.format(" | %.0f (%.2f)", bytes, bytes / (payload + HEADER)));
            }
            for (double bytes : often) {
                table.append(String.format(" | %.1f (%.2f)", bytes, bytes / (payload + HEADER)));
            }
            table.append(" |\n");
            if (sample.getKey().startsWith("bench")) {
                assertTrue(alone[1] <= AIM * (payload + HEADER), table::toString);
                assertTrue(alone[2] <= AIM * (payload + HEADER), table::toString);
            }
        }
        System.out.print(table);
    }

    private static int frame(OutboundEvent event, int times, MessageFormat format) {
        OutboundMessage message = event.encode(true, CIPHER);
        List<OutboundMessage> messages = Collections.nCopies(times, message);
        StreamNumbers.Numbered stream = new StreamNumbers.Numbered(
                event.event().stream(),
                1,
                SINCE,
                Objects.requireNonNull(event.message().type()).namespace());
        EncodedMessages encoded = new EncodedMessages(stream, messages, null);
        ByteBuf frame = encoded.webSocketFrame(format, false);
        int bytes = frame.readableBytes();
        frame.release();
        encoded.release();
        return bytes;
    }

    /** The measurements' own message, and one of each of three packs. */
    private static Map<String, OutboundEvent> samples() throws Exception {
        Map<String, OutboundEvent> samples = new LinkedHashMap<>();
        samples.put(
                "bench:tick",
                sample(
                        "verticles/benchmarks/src/main/resources/bench.yaml",
                        "bench:tick",
                        "evt-000123456789",
                        "load",
                        null,
                        "bench",
                        filled(
                                "{\"t\":1234567890123456,\"id\":\"evt-000123456789\",\"type\":\"order.updated\",\"entity\":\"order-0789\",\"version\":123457,\"data\":{\"status\":\"shipped\",\"amount\":1234.56,\"currency\":\"EUR\",\"note\":\"",
                                "\"}}",
                                200)));
        samples.put(
                "order:created",
                sample(
                        "conf/domains/shop.yaml",
                        "order:created",
                        "019ad6a0-1c2b-7def-8123-456789abcdef",
                        "shop/eu",
                        new Position("k3", 104_217),
                        "orders",
                        "{\"orderId\":\"o-104217\",\"customerId\":\"c-4711\",\"customerName\":\"Ada Lovelace\",\"total\":129.5,\"status\":\"paid\",\"channel\":\"web\",\"country\":\"FR\",\"currency\":\"EUR\",\"lines\":[{\"productId\":\"p-17\",\"quantity\":2,\"price\":49.9},{\"productId\":\"p-4\",\"quantity\":1,\"price\":29.7}]}"));
        samples.put(
                "wager:placed",
                sample(
                        "conf/domains/betting.yaml",
                        "wager:placed",
                        "019ad6a0-1c2b-7def-8123-456789abcdef",
                        "sportsbook",
                        new Position("m1", 88_041),
                        "agent:a-12",
                        "{\"wagerId\":\"w-88041\",\"status\":\"pending\",\"amount\":25,\"customerId\":\"c-90\",\"agentId\":\"a-12\",\"action\":\"placed\",\"event\":\"Lyon - Nantes\",\"selection\":\"Lyon\",\"odds\":1.85}"));
        samples.put(
                "message:created",
                sample(
                        "conf/domains/guilds.yaml",
                        "message:created",
                        "1311733100912345088-message",
                        "discord",
                        new Position("g7", 5_120_044),
                        "guild:1104",
                        "{\"guildId\":\"1104\",\"channelId\":\"2207\",\"messageId\":\"1311733100912345088\",\"userId\":\"u-7\",\"content\":\"Who is in for tonight's raid? We start at nine.\"}"));
        return samples;
    }

    private static OutboundEvent sample(
            String pack, String type, String id, String source, @Nullable Position position, String stream, String data)
            throws Exception {
        DomainModel domains = model(pack);
        Event event = Event.builder(id, type, source)
                .timeMicros(id.startsWith("019") ? 0x019ad6a01c2bL * 1_000 + 215 : 1_764_564_196_123_456L)
                .priority(Objects.requireNonNull(domains.type(type)).priority())
                .data(data.getBytes(StandardCharsets.UTF_8))
                .stream(stream)
                .build();
        return OutboundEvent.of(domains, new CommittedEvent(event, position, 0, null));
    }

    private static String filled(String start, String end, int bytes) {
        return start + "x".repeat(bytes - start.length() - end.length()) + end;
    }

    private static byte[] payload(EncodedMessages messages, MessageFormat format) {
        ByteBuf frame = messages.webSocketFrame(format, false);
        int length = frame.getUnsignedByte(1);
        byte[] payload = new byte[frame.readableBytes() - (length < 126 ? 2 : HEADER)];
        frame.getBytes(frame.readableBytes() - payload.length, payload);
        frame.release();
        return payload;
    }

    private static DomainModel model(String pack) throws Exception {
        return DomainModel.parse(pack, Files.readString(ROOT.resolve(pack)));
    }
}
