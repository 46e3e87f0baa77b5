package io.millrace.postgres.lease;

import static io.millrace.postgres.lease.LeaseDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Leases in a real PostgreSQL, as two nodes use them. */
@Tag("slow")
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class LeasesTest {
    /** A database whose clock an hour's difference from this machine's can be put between. */
    private static final String SKEWED = "?search_path=skewed,pg_catalog,public";

    private static LeaseDatabase database;
    private final Vertx vertx = Vertx.vertx();
    private Leases first;
    private Leases second;

    @BeforeAll
    static void startDatabase() throws Exception {
        database = new LeaseDatabase();
        database.execute("create schema skewed");
        skew("0 hours");
    }

    @AfterAll
    static void stopDatabase() throws Exception {
        database.close();
    }

    @BeforeEach
    void start() throws Exception {
        database.forget();
        skew("0 hours");
        first = leases("first", System::nanoTime);
        second = leases("second", System::nanoTime);
        await(first.renew(Set.of("chat", "stock"), List.of()));
    }

    @AfterEach
    void stop() throws Exception {
        await(vertx.close());
    }

    @Test
    void ofManyThatWantASourceAtOnceOneGetsIt() throws Exception {
        List<Future<Lease>> answers = IntStream.range(0, 40)
                .mapToObj(i -> (i % 2 == 0 ? first : second).acquire("chat"))
                .toList();
        await(Future.join(answers));
        // The same node may have acquired it several times: the last fence counts, and nobody else had any.
        List<Lease> got =
                answers.stream().map(Future::result).filter(Objects::nonNull).toList();
        assertFalse(got.isEmpty());
        Lease last = got.stream()
                .max((one, other) -> Long.compare(one.fence(), other.fence()))
                .orElseThrow();
        assertEquals(got.size(), got.stream().map(Lease::fence).distinct().count());
        await(last.save(new JsonObject().put("at", 1)));
        for (Lease stale : got) {
            if (stale != last) {
                assertStale(stale);
            }
        }
    }

    @Test
    void aLeaseThatIsRenewedStaysAndOneThatIsNotIsAnothersWhenItIsOver() throws Exception {
        Lease renewed = await(first.acquire("chat"));
        Lease left = await(first.acquire("stock"));
        await(left.save(new JsonObject().put("at", 41)));
        Awaitility.await().until(() -> {
            await(first.renew(Set.of("chat"), List.of(renewed)));
            return await(second.acquire("stock")) != null;
        });
        assertFalse(left.isHeld(), "it ended here before PostgreSQL gave it away");
        assertTrue(renewed.isHeld());
        assertNull(await(second.acquire("chat")));
        await(renewed.save(new JsonObject().put("at", 1)));
        assertStale(left);
    }

    @Test
    void aLeaseThatIsGivenBackIsAnothersAtOnceWithWhatWasSaved() throws Exception {
        Lease given = await(first.acquire("chat"));
        assertNull(given.progress());
        JsonObject saved = new JsonObject().put("at", 42).put("session", "s-1");
        await(given.save(saved));
        assertEquals(saved, given.progress(), "a source that starts again goes on from there");
        assertNull(await(second.acquire("chat")));
        await(first.release(given));
        Lease taken = await(second.acquire("chat"));
        assertEquals(given.fence() + 1, taken.fence());
        assertEquals(saved, taken.progress());
        assertStale(given);
    }

    @Test
    void aNodeThatWasStoppedAndDoesNotKnowItWritesNothingAndLosesItsLeaseAtTheNextRenewal() throws Exception {
        AtomicLong standing = new AtomicLong(System.nanoTime());
        Leases suspended = leases("suspended", standing::get);
        Lease stale = await(suspended.acquire("chat"));
        Lease taken = acquireWhenOver(second, "chat");
        assertTrue(stale.isHeld(), "its clock stood");
        await(taken.save(new JsonObject().put("by", "second")));
        assertStale(stale);

        Lease again = await(suspended.acquire("stock"));
        acquireWhenOver(second, "stock");
        await(suspended.renew(Set.of("stock"), List.of(again)));
        assertFalse(again.isHeld());
        await(second.release(taken));
        assertEquals(
                new JsonObject().put("by", "second"),
                await(first.acquire("chat")).progress());
    }

    @Test
    void anAnswerThatComesTooLateIsNotUsed() throws Exception {
        AtomicLong now = new AtomicLong();
        Leases slow = leases("slow", () -> now.getAndAdd(LeaseDatabase.SHORT.heldNanos()));
        assertNull(await(slow.acquire("chat")));
        // PostgreSQL believes that this node has it: it may have it again at once, and nobody else before it is over.
        assertNull(await(second.acquire("chat")));
        assertNotNull(await(leases("slow", System::nanoTime).acquire("chat")));
    }

    @Test
    void aRenewalThatComesAfterTheEndRevivesNothing() throws Exception {
        AtomicLong now = new AtomicLong();
        Leases late = leases("late", now::get);
        Lease lease = await(late.acquire("chat"));
        now.addAndGet(LeaseDatabase.SHORT.heldNanos());
        assertFalse(lease.isHeld());
        await(late.renew(Set.of("chat"), List.of(lease)));
        assertFalse(lease.isHeld());
    }

    @Test
    void clocksThatAreAnHourApartChangeNothing() throws Exception {
        for (String hours : List.of("1 hour", "-1 hour")) {
            database.forget();
            skew(hours);
            await(first.renew(Set.of("chat"), List.of()));
            Lease lease = await(first.acquire("chat"));
            await(first.renew(Set.of("chat"), List.of(lease)));
            assertTrue(lease.isHeld(), hours);
            assertNull(await(second.acquire("chat")), hours);
            await(lease.save(new JsonObject().put("at", 1)));
            acquireWhenOver(second, "chat");
            assertFalse(lease.isHeld(), hours);
        }
    }

    @Test
    void whereTheClockOfTheDatabaseJumpsTheFirstHolderIsRefused() throws Exception {
        Lease lease = await(first.acquire("chat"));
        skew("1 hour");
        Lease taken = await(second.acquire("chat"));
        assertNotNull(taken);
        assertStale(lease);
        assertFalse(lease.isHeld(), "the refusal told it");
        skew("0 hours");
        await(second.renew(Set.of("chat"), List.of(taken)));
        assertTrue(taken.isHeld(), "what was acquired stays so when the clock is set back");
    }

    private static Lease acquireWhenOver(Leases node, String source) {
        return Awaitility.await().until(() -> await(node.acquire(source)), Objects::nonNull);
    }

    private static void assertStale(Lease lease) {
        ExecutionException refused =
                assertThrows(ExecutionException.class, () -> await(lease.save(new JsonObject().put("at", -1))));
        assertTrue(refused.getCause() instanceof LeaseLostException, refused::toString);
        assertFalse(lease.isHeld());
    }

    private Leases leases(String node, LongSupplier nanos) throws Exception {
        return LeaseDatabase.onLoop(
                vertx,
                () -> new Leases(LeaseKind.SOURCE, database.pool(vertx, SKEWED), node, LeaseDatabase.SHORT, nanos));
    }

    /** What the sessions of the nodes take for the server's clock, against that of this machine. */
    private static void skew(String difference) throws Exception {
        database.execute(
                "create or replace function skewed.clock_timestamp() returns timestamptz language sql volatile as"
                        + " 'select pg_catalog.clock_timestamp() + interval ''" + difference + "'''");
    }
}
