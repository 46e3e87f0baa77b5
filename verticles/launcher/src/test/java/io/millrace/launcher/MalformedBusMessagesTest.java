package io.millrace.launcher;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.bus.Address;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntitySnapshotQuery;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.stream.HeadsQuery;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every address between nodes, with what comes over the bus port and isn't for it. Listeners stand for the stages. */
@SuppressWarnings("NullAway.Init")
class MalformedBusMessagesTest {
    private static final byte[] KEY = BusFrames.bytes("a key of the tests' own, of 32 b");
    private static final SimpleMeterRegistry METRICS = new SimpleMeterRegistry();

    private static Vertx vertx;
    private static Vertx secondVertx;
    private static Bus bus;
    private static Bus second;

    @BeforeAll
    static void join() throws Exception {
        int port = BusFrames.port();
        vertx = BusFrames.node(port, port);
        secondVertx = BusFrames.node(BusFrames.port(), port);
        bus = new Bus(vertx, Duration.ofSeconds(20), KEY, METRICS);
        second = new Bus(secondVertx, Duration.ofSeconds(20), KEY, new SimpleMeterRegistry());
    }

    @AfterAll
    static void leave() throws Exception {
        secondVertx.close().await(20, TimeUnit.SECONDS);
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    static Stream<Address<?, ?>> addresses() throws IllegalAccessException {
        List<Address<?, ?>> all = new ArrayList<>(List.of(
                Addresses.shard(0),
                Addresses.shard(63),
                Addresses.delivery("n"),
                Addresses.connections("n"),
                Addresses.connectionCommands("n"),
                Addresses.tickets("n"),
                Addresses.configuration("n")));
        for (Field field : Addresses.class.getDeclaredFields()) {
            if (Modifier.isPublic(field.getModifiers()) && field.get(null) instanceof Address<?, ?> address) {
                all.add(address);
            }
        }
        assertTrue(all.size() > 20, all::toString);
        return all.stream();
    }

    /** What no node made, or means something else, is dropped and counted at every address; who listens there goes on. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("addresses")
    void everyAddressDropsMessagesOfOtherTypes(Address<?, ?> address) throws Exception {
        AtomicInteger heard = new AtomicInteger();
        serve(address, heard);
        Record good = Blank.of(address.message().asSubclass(Record.class));
        String name = address.message().getSimpleName();
        byte[] record = BusFrames.encoded(good);
        byte[] other =
                BusFrames.encoded(address == Addresses.STATE ? new HeadsQuery(1) : new EntitySnapshotQuery("s", 1));
        String otherName = address == Addresses.STATE ? "HeadsQuery" : "EntitySnapshotQuery";
        byte[] unheardOf = record.clone();
        unheardOf[0] = 99;
        double forged = refused("forged");
        double wrongType = refused("wrong_type");
        double unknown = refused("unknown_version");
        try (Socket slow = BusFrames.connect(vertx);
                Socket socket = BusFrames.connect(vertx)) {
            byte[] whole = BusFrames.frame(address.name(), "millrace." + name, 0, BusFrames.signed(name, KEY, record));
            slow.getOutputStream().write(whole, 0, whole.length / 2);
            slow.getOutputStream().flush();
            for (byte[] body : List.of(
                    BusFrames.lengthAnd(record),
                    BusFrames.joined(BusFrames.lengthAnd(record), new byte[32]),
                    BusFrames.signed(name, new byte[32], record),
                    BusFrames.signed(name + "s", KEY, record),
                    BusFrames.joined(BusFrames.lengthAnd(new byte[1 << 20]), new byte[32]),
                    new byte[] {127, -1, -1, -1},
                    new byte[0])) {
                socket.getOutputStream().write(BusFrames.frame(address.name(), "millrace." + name, 0, body));
            }
            for (byte[] message : List.of(
                    BusFrames.frame(
                            address.name(), "millrace." + otherName, 0, BusFrames.signed(otherName, KEY, other)),
                    BusFrames.frame(
                            address.name(),
                            "",
                            BusFrames.SYSTEM_STRING,
                            BusFrames.lengthAnd(BusFrames.bytes("{\"user\":\"admin\"}"))),
                    BusFrames.frame(address.name(), "", BusFrames.SYSTEM_STRING, new byte[] {127, 0, 0, 1}),
                    BusFrames.frame(address.name(), "", BusFrames.SYSTEM_SERIALIZABLE, BusFrames.javaObject()))) {
                socket.getOutputStream().write(message);
            }
            socket.getOutputStream()
                    .write(BusFrames.frame(
                            address.name(), "millrace." + name, 0, BusFrames.signed(name, KEY, unheardOf)));
            socket.getOutputStream().flush();
            soon(() -> refused("forged") == forged + 7
                    && refused("wrong_type") == wrongType + 4
                    && refused("unknown_version") == unknown + 1);
            assertEquals(0, heard.get());
            ask(address, good);
            soon(() -> heard.get() == 1);
        }
    }

    private static <Q, R> void serve(Address<Q, R> address, AtomicInteger heard) throws Exception {
        if (address.reply() == Void.class) {
            @SuppressWarnings("unchecked")
            Address<Q, Void> told = (Address<Q, Void>) address;
            Bus.Registration unused =
                    bus.listen(told, message -> heard.incrementAndGet()).await(20, TimeUnit.SECONDS);
        } else {
            Bus.Registration unused = bus.<Q, R>serve(address, message -> {
                        heard.incrementAndGet();
                        return Future.failedFuture(new MillraceException(Failure.REJECTED, "heard"));
                    })
                    .await(20, TimeUnit.SECONDS);
        }
    }

    @SuppressWarnings("unchecked")
    private static <Q, R> void ask(Address<Q, R> address, Record good) throws Exception {
        if (address.reply() == Void.class) {
            second.publish((Address<Q, Void>) address, (Q) good);
            return;
        }
        MillraceException told = assertThrows(
                MillraceException.class, () -> second.request(address, (Q) good).await(20, TimeUnit.SECONDS));
        assertEquals(Failure.REJECTED, told.failure());
    }

    private static void soon(Callable<Boolean> fact) {
        await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5)).until(fact);
    }

    private static double refused(String reason) {
        return METRICS.get("millrace.bus.refused.messages")
                .tag("reason", reason)
                .counter()
                .count();
    }
}
