package io.millrace.persistence.revocation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.revocation.Revocation;
import io.millrace.contracts.revocation.RevocationCommand;
import io.millrace.contracts.revocation.RevocationPage;
import io.millrace.contracts.revocation.RevocationQuery;
import io.millrace.persistence.PersistenceFixture;
import io.millrace.persistence.query.ReadPool;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Revocations in a real PostgreSQL: kept as they were made, told to all, and recorded. */
@Timeout(120)
class RevocationStoreTest {
    private static final long NOW = System.currentTimeMillis() * 1_000;

    private static final long HOUR = 3_600_000_000L;

    @RegisterExtension
    static final PersistenceFixture NODES = new PersistenceFixture();

    @BeforeEach
    void empty() throws Exception {
        NODES.await(
                NODES.connect().query("truncate revocations, revocation_acts").execute());
    }

    @Test
    void everyKindIsKeptAsItWasMadeAndFoundPageByPageNewestFirst() throws Exception {
        List<Revocation> made = new ArrayList<>();
        made.add(make("jti-1", null, Revocation.ALWAYS, NOW + HOUR));
        made.add(make(null, "anna", Revocation.ALWAYS, Revocation.NEVER));
        made.add(make(null, null, NOW - 123_456, Revocation.NEVER));
        made.add(make(null, "anna 'or 1=1", NOW, NOW + HOUR + 1));
        assertEquals(newestFirst(made), all().revocations());
        RevocationPage page = find(new RevocationQuery(RevocationQuery.NONE, Long.MAX_VALUE, 3));
        assertEquals(newestFirst(made).subList(0, 3), page.revocations());
        long last = page.revocations().get(2).id();
        assertEquals(
                newestFirst(made).subList(3, 4),
                find(new RevocationQuery(RevocationQuery.NONE, last, 3)).revocations());
    }

    @Test
    void aReaderWithTheVersionGetsNothingAndAChangeGivesANewOne() throws Exception {
        make("jti-1", null, Revocation.ALWAYS, Revocation.NEVER);
        RevocationPage known = all();
        assertEquals(new RevocationPage(known.version(), List.of()), find(RevocationQuery.all(known.version())));
        Revocation second = make("jti-2", null, Revocation.ALWAYS, Revocation.NEVER);
        RevocationPage now = find(RevocationQuery.all(known.version()));
        assertTrue(now.version() > known.version());
        assertEquals(2, now.revocations().size());
        command(RevocationCommand.delete(second.id(), "op"));
        assertEquals(
                known.revocations(), find(RevocationQuery.all(now.version())).revocations());
    }

    @Test
    void anEmptyListHasAVersionToo() throws Exception {
        RevocationPage none = find(RevocationQuery.all(RevocationQuery.NONE));
        assertEquals(List.of(), none.revocations());
        assertTrue(none.version() >= 0);
    }

    @Test
    void eachChangeIsPublishedWithItsVersion() throws Exception {
        List<Long> told = new CopyOnWriteArrayList<>();
        NODES.await(NODES.bus().listen(Addresses.REVOCATIONS_CHANGED, change -> told.add(change.version())));
        RevocationPage made =
                command(RevocationCommand.make(revocation("j", null, Revocation.ALWAYS, Revocation.NEVER)));
        RevocationPage gone =
                command(RevocationCommand.delete(made.revocations().get(0).id(), "op"));
        NODES.eventually(() -> told.containsAll(List.of(made.version(), gone.version())));
        assertTrue(gone.version() > made.version());
    }

    @Test
    void everyChangeIsRecordedWithItsUser() throws Exception {
        Revocation made = make("jti-1", null, Revocation.ALWAYS, Revocation.NEVER);
        command(RevocationCommand.delete(made.id(), "second"));
        command(RevocationCommand.denied("eve", "POST /api/revocations"));
        List<String> acts = new ArrayList<>();
        NODES.await(NODES.connect()
                        .query("select act || ' ' || by_user || ' ' || coalesce(detail->>'token', detail->>'tried')"
                                + " from revocation_acts order by id")
                        .execute())
                .forEach(row -> acts.add(row.getString(0)));
        assertEquals(List.of("made op jti-1", "deleted second jti-1", "denied eve POST /api/revocations"), acts);
    }

    @Test
    void oneThatIsNotThereCannotBeDeletedAndChangesNothing() throws Exception {
        long version = all().version();
        assertEquals(Failure.NOT_FOUND, refusal(RevocationCommand.delete(123_456, "op")));
        assertEquals(version, all().version());
    }

    @Test
    void oneThatHasEndedIsNotFoundAnyMore() throws Exception {
        make("jti-1", null, Revocation.ALWAYS, NOW - Revocation.GRACE_SECONDS * 1_000_000 - 1);
        assertEquals(List.of(), all().revocations());
        Revocation open = make("jti-2", null, Revocation.ALWAYS, NOW - 1);
        assertEquals(List.of(open), all().revocations(), "its token holds for its leeway");
    }

    @Test
    void aListAfterALostCommitHasAnotherVersionThanTheOneThatWasLost() throws Exception {
        make("jti-1", null, Revocation.ALWAYS, Revocation.NEVER);
        RevocationPage common = all();
        Revocation lost = make("jti-2", null, Revocation.ALWAYS, Revocation.NEVER);
        RevocationPage known = all();
        // The standby that took over had not received it.
        NODES.await(NODES.connect()
                .query("delete from revocations where id = " + lost.id() + "; update revocations_version set version = "
                        + common.version())
                .execute());
        assertEquals(common, find(RevocationQuery.all(known.version())), "an older version is another one");
        Revocation other = make("jti-3", null, Revocation.ALWAYS, Revocation.NEVER);
        RevocationPage now = find(RevocationQuery.all(known.version()));
        assertTrue(now.version() != known.version() && now.version() > common.version());
        assertEquals(
                List.of(other, common.revocations().get(0)),
                now.revocations(),
                "a node that knows the lost list gets this one");
    }

    @Test
    void aVersionGrowsAlsoWhereTheClockWasSetBack() throws Exception {
        long ahead = (System.currentTimeMillis() + 86_400_000) * 1_000;
        NODES.await(NODES.connect()
                .query("update revocations_version set version = " + ahead)
                .execute());
        make("jti-1", null, Revocation.ALWAYS, Revocation.NEVER);
        assertEquals(ahead + 1, all().version());
        NODES.await(NODES.connect()
                .query("update revocations_version set version = 0")
                .execute());
    }

    @Test
    void whatWasDoneLongAgoIsForgottenAndTheRestIsKept() throws Exception {
        NODES.await(NODES.connect()
                .query("insert into revocation_acts (act, by_user, at)"
                        + " select 'denied', 'old', now() - interval '2 hours' from generate_series(1, 2500)")
                .execute());
        Revocation made = make("jti-1", null, Revocation.ALWAYS, Revocation.NEVER);
        NODES.await(NODES.connect()
                .query("update revocation_acts set at = now() - interval '1 hour' where act = 'made'")
                .execute());
        command(RevocationCommand.denied("eve", "POST /api/revocations"));
        Pool pool = NODES.pool();
        RevocationStore store = new RevocationStore(pool, new ReadPool(pool), NODES.bus(), 10);
        NODES.await(store.deleteActsOlderThan(Duration.ofMinutes(90)));
        assertEquals(List.of("made", "denied"), acts());
        NODES.await(store.deleteActsOlderThan(Duration.ofMinutes(30)));
        assertEquals(List.of("denied"), acts());
        assertEquals(List.of(made), all().revocations());
    }

    private static List<String> acts() throws Exception {
        List<String> acts = new ArrayList<>();
        NODES.await(NODES.connect()
                        .query("select act from revocation_acts order by id")
                        .execute())
                .forEach(row -> acts.add(row.getString(0)));
        return acts;
    }

    private static List<Revocation> newestFirst(List<Revocation> made) {
        List<Revocation> reversed = new ArrayList<>(made);
        java.util.Collections.reverse(reversed);
        return reversed;
    }

    private static Revocation revocation(
            @Nullable String token, @Nullable String user, long beforeMicros, long endsMicros) {
        return new Revocation(0, token, user, beforeMicros, endsMicros, "op", 0);
    }

    private static Revocation make(@Nullable String token, @Nullable String user, long beforeMicros, long endsMicros)
            throws Exception {
        Revocation asked = revocation(token, user, beforeMicros, endsMicros);
        Revocation made = command(RevocationCommand.make(asked)).revocations().get(0);
        assertEquals(new Revocation(made.id(), token, user, beforeMicros, endsMicros, "op", made.atMicros()), made);
        return made;
    }

    private static RevocationPage command(RevocationCommand command) throws Exception {
        return NODES.ask(Addresses.REVOCATION_COMMANDS, command);
    }

    private static RevocationPage all() throws Exception {
        return find(RevocationQuery.all(RevocationQuery.NONE));
    }

    private static RevocationPage find(RevocationQuery query) throws Exception {
        return NODES.ask(Addresses.REVOCATIONS, query);
    }

    private static Failure refusal(RevocationCommand command) {
        ExecutionException refused = assertThrows(ExecutionException.class, () -> command(command));
        return MillraceException.of(Objects.requireNonNull(refused.getCause())).failure();
    }
}
