package io.millrace.contracts.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.cluster.NodeStatus;
import io.millrace.contracts.connection.ConnectionCommand;
import io.millrace.contracts.connection.ConnectionInfo;
import io.millrace.contracts.connection.NodeInfo;
import io.millrace.contracts.deadletter.DeadLetter;
import io.millrace.contracts.deadletter.DeadLetterAct;
import io.millrace.contracts.deadletter.DeadLetterCommand;
import io.millrace.contracts.deadletter.DeadLetterFilter;
import io.millrace.contracts.event.CommitPath;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.event.PublishRequest;
import io.millrace.contracts.journey.Deliveries;
import io.millrace.contracts.kpi.Rollup;
import io.millrace.contracts.revocation.RevocationCommand;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CodecTest {
    @Test
    void everyRecordArrivesAsItWasSent() {
        Set<Class<?>> seen = new HashSet<>();
        for (Record record : Samples.all()) {
            Codec<Record> codec = codec(record);
            assertEquals(Samples.shown(record), Samples.shown(codec.decode(codec.encode(record))));
            seen.add(record.getClass());
        }
        Set<Class<?>> known = new HashSet<>();
        Codec.all().forEach(codec -> known.add(codec.type()));
        assertEquals(known, seen, "a sample for each codec");
    }

    @Test
    void anEventLiesInKafkaAsItWas() {
        assertEquals(
                Samples.shown(Samples.FULL), Samples.shown(Codecs.EVENT.decode(Codecs.EVENT.encode(Samples.FULL))));
        assertEquals(
                Samples.shown(Samples.BARE), Samples.shown(Codecs.EVENT.decode(Codecs.EVENT.encode(Samples.BARE))));
    }

    @Test
    void aBatchOfTheReleaseBeforeIsReadAsOneOfTheDirectPath() {
        WireWriter before = new WireWriter();
        before.number(1);
        before.number(1);
        byte[] event = Codecs.EVENT.encode(Samples.FULL);
        byte[] batch = Arrays.copyOf(before.toBytes(), 2 + event.length - 1);
        System.arraycopy(event, 1, batch, 2, event.length - 1);
        assertEquals(
                Samples.shown(new EventBatch(List.of(Samples.FULL))),
                Samples.shown(EventCodec.EVENT_BATCH.decode(batch)));
    }

    @Test
    void aFailureOfTheReleaseBeforeIsReadWithoutDetails() {
        byte[] now = EventCodec.OUTCOMES.encode(new Outcomes(List.of(Outcome.conflict("e-1", "it moved", 7))));
        byte[] before = Arrays.copyOf(now, now.length - 1);
        before[0] = 2;
        assertEquals(new Outcomes(List.of(Outcome.conflict("e-1", "it moved", 7))), EventCodec.OUTCOMES.decode(before));
    }

    @Test
    void aRequestOfTheReleaseBeforeIsReadAsOneOfOneEvent() {
        WireWriter before = new WireWriter();
        before.number(1);
        before.optionalText("c-4");
        before.texts(Set.of("staff"));
        before.bytes(new byte[] {1});
        before.bytes(new byte[] {2, 3});
        assertEquals(
                Samples.shown(new PublishRequest("c-4", Set.of("staff"), new byte[] {1}, List.of(new byte[] {2, 3}))),
                Samples.shown(EventCodec.PUBLICATION.decode(before.toBytes())));
    }

    @Test
    void aNodeOfTheReleaseBeforeSaysNoFiguresWhichIsNotNone() {
        NodeStatus status =
                new NodeStatus("n", "0.1.0", 7, false, List.of("api"), List.of(), List.of(), List.of(), null);
        byte[] now = NodeCodec.STATUS.encode(status);
        byte[] before = Arrays.copyOf(now, now.length - 1);
        before[0] = 2;
        assertEquals(status, NodeCodec.STATUS.decode(before));
    }

    @Test
    void aCommandAboutDeadLettersOfTheReleaseBeforeIsReadWithoutWhatIsNew() {
        WireWriter before = new WireWriter();
        before.number(1);
        before.number(DeadLetterCommand.Kind.DISCARD.ordinal());
        before.list(List.of(7L), (id, to) -> to.number(id));
        for (int i = 0; i < 4; i++) {
            before.optionalText(null);
        }
        before.number(1);
        before.number(2);
        before.number(0);
        before.text("op");
        before.flag(false);
        before.optionalBytes(null);
        DeadLetterFilter filter = new DeadLetterFilter(List.of(7L), null, null, null, null, 1, 2, null);
        assertEquals(
                new DeadLetterCommand(DeadLetterCommand.Kind.DISCARD, filter, "op", false, null, 0),
                DeadLetterCodec.COMMAND.decode(before.toBytes()));
    }

    @Test
    void megabytesArriveWhole() {
        EventBatch batch = Samples.large(4_000);
        byte[] bytes = EventCodec.EVENT_BATCH.encode(batch);
        assertTrue(bytes.length > 4_000_000);
        EventBatch arrived = EventCodec.EVENT_BATCH.decode(bytes);
        assertEquals(1_000, arrived.events().size());
        assertEquals(
                Samples.shown(batch.events().get(0)),
                Samples.shown(arrived.events().get(999)));
    }

    @Test
    void whatIsCutShortAnywhereIsRefused() {
        for (Record record : Samples.all()) {
            Codec<Record> codec = codec(record);
            byte[] whole = codec.encode(record);
            for (int length = 0; length < whole.length; length++) {
                byte[] part = Arrays.copyOf(whole, length);
                assertThrows(
                        IllegalArgumentException.class,
                        () -> codec.decode(part),
                        () -> record + " cut to " + part.length + " of " + whole.length + " bytes");
            }
        }
    }

    @Test
    void anotherVersionIsRefusedByName() {
        for (Record record : Samples.all()) {
            Codec<Record> codec = codec(record);
            byte[] bytes = codec.encode(record);
            bytes[0] = 9;
            var refused = assertThrows(IllegalArgumentException.class, () -> codec.decode(bytes));
            assertTrue(String.valueOf(refused.getMessage())
                    .startsWith(record.getClass().getSimpleName() + " of version 9"));
        }
    }

    @Test
    void bytesThatWereChangedOnTheWayAreReadOrRefusedAndNothingElse() {
        Random random = new Random(17);
        for (Record record : Samples.all()) {
            Codec<Record> codec = codec(record);
            byte[] whole = codec.encode(record);
            for (int round = 0; round < 2_000; round++) {
                byte[] changed = whole.clone();
                for (int i = 0; i <= random.nextInt(3); i++) {
                    changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
                }
                readOrRefused(codec, changed);
            }
        }
    }

    @Test
    void aLengthThatPromisesMoreThanThereIsAllocatesNothing() {
        WireWriter writer = new WireWriter();
        writer.number(2);
        writer.number(Long.MAX_VALUE);
        assertThrows(IllegalArgumentException.class, () -> EventCodec.EVENT_BATCH.decode(writer.toBytes()));
    }

    @Test
    void enumsKeepTheirPlaceOnTheWire() {
        // Append to these, never reorder: another release of the cluster reads them by their place.
        assertEquals("[LOW, NORMAL, HIGH, CRITICAL]", Arrays.toString(Priority.values()));
        assertEquals("[COMMITTED, QUEUED, SENT, DUPLICATE, EXPIRED, FAILED]", Arrays.toString(Outcome.Status.values()));
        assertEquals("[DIRECT, QUEUE, FALLBACK]", Arrays.toString(CommitPath.Path.values()));
        assertEquals(
                "[DELIVERED, NOT_SUBSCRIBED, NOT_PERMITTED, FILTERED, CONFLATED, DROPPED, NOT_CONNECTED," + " WAITING]",
                Arrays.toString(Deliveries.DeliveryStatus.values()));
        assertEquals("[CONNECTIONS, ROLE, TRANSPORT, NAMESPACE]", Arrays.toString(NodeInfo.Kind.values()));
        assertEquals("[DAY, WEEK, MONTH]", Arrays.toString(Rollup.values()));
        assertEquals("[DEAD, REDRIVEN, DISCARDED]", Arrays.toString(DeadLetter.State.values()));
        assertEquals(
                "[REDRIVE, DISCARD, EDIT, DENIED, RESTORE, STOP]", Arrays.toString(DeadLetterCommand.Kind.values()));
        assertEquals("[QUEUED, COMMITTED, DIED_AGAIN]", Arrays.toString(DeadLetter.Sequel.values()));
        assertEquals("[RUNNING, STOPPED, DONE]", Arrays.toString(DeadLetterAct.State.values()));
        assertEquals("[MAKE, DELETE, DENIED]", Arrays.toString(RevocationCommand.Kind.values()));
        assertEquals(
                "[OPENING, CATCHING_UP, LIVE, LAGGING, CLOSED]",
                Arrays.toString(ConnectionInfo.SubscriptionInfo.State.values()));
        assertEquals("[DISCONNECT, DENIED]", Arrays.toString(ConnectionCommand.Kind.values()));
    }

    private static void readOrRefused(Codec<Record> codec, byte[] bytes) {
        try {
            codec.decode(bytes);
        } catch (IllegalArgumentException refused) {
            // As it should be.
        }
    }

    @SuppressWarnings("unchecked")
    private static Codec<Record> codec(Record record) {
        return (Codec<Record>) Codec.all().stream()
                .filter(codec -> codec.type() == record.getClass())
                .findFirst()
                .orElseThrow();
    }
}
