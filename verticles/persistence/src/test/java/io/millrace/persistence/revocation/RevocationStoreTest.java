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
