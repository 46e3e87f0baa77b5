package io.millrace.sources.postgres;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import java.sql.Connection;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A table of messages, read by polling. */
@Tag("slow")
@Timeout(120)
@SuppressWarnings("NullAway.Init")
class OutboxTest {
    private static PostgresFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new PostgresFixture();
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
    }

    @BeforeEach
    void create() throws Exception {
        fixture.sql("create table outbox (id bigserial primary key, body jsonb, at timestamptz)");
    }

    @AfterEach
    void forget() throws Exception {
        fixture.forget();
    }

    private static PostgresFixture.Node node(String more) throws Exception {
        return fixture.nodeOf(
                """
                source: shop
                as: { user: shop, roles: [webhook] }
                outbox:
                  uri: %s
                  table: outbox
                %s
                events:
                  - type: repo:pushed
                    id: "{#id}"
                    data: { n: { column: body.n, as: integer }, at: { column: at, optional: true } }
                """
                        .formatted(fixture.server.uri(), more.indent(2)));
    }

    private static List<Integer> numbers() {
        return fixture.events().stream()
                .map(event -> event.getJsonObject("data").getInteger("n"))
                .toList();
    }

    private static void add(int n) throws Exception {
        fixture.sql("insert into outbox (body, at) values ('{\"n\": " + n + "}', '2026-01-31 09:30:00+00')");
    }

    @Test
    void rowsBecomeEventsInTheOrderOfTheirKeys() throws Exception {
        fixture.sql("insert into outbox (body) select jsonb_build_object('n', n) from generate_series(1, 1200) n");
        PostgresFixture.Node node = node("");
        await().until(() -> fixture.events().size() == 1_200);
        add(1_201);
        await().until(() -> fixture.events().size() == 1_201);
        assertEquals(java.util.stream.IntStream.rangeClosed(1, 1_201).boxed().toList(), numbers());
        assertEquals(
                "2026-01-31T09:30:00Z",
                fixture.events().get(1_200).getJsonObject("data").getString("at"));
        assertEquals("public.outbox:1201", fixture.events().get(1_200).getString("id"));
        node.stop();
        add(1_202);
        node("");
        await().until(() -> fixture.events().size() == 1_202);
        assertEquals(0, fixture.duplicates());
        assertEquals("1202", fixture.ask("select count(*) from outbox"), "nothing is deleted");
    }

    @Test
    void aLowerKeyThatIsCommittedAfterAHigherOneIsNotLeftOut() throws Exception {
        PostgresFixture.Node node = node("");
        await().until(node::isRunning);
        add(1);
        await().until(() -> fixture.events().size() == 1);
        try (Connection late = fixture.connect();
                Connection later = fixture.connect()) {
            late.setAutoCommit(false);
            later.setAutoCommit(false);
            late.createStatement().execute("insert into outbox (body) values ('{\"n\": 2}')");
            // A savepoint has a number of its own, and a key may be taken long before a row is written.
            later.createStatement().execute("select nextval('outbox_id_seq')");
            add(4);
            later.createStatement()
                    .execute(
                            "savepoint s; insert into outbox (id, body) values (3, '{\"n\": 3}'); release savepoint s");
            later.commit();
            late.commit();
        }
        add(5);
        await().until(() -> fixture.events().size() == 5);
        assertEquals(new java.util.TreeSet<>(List.of(1, 2, 3, 4, 5)), new java.util.TreeSet<>(numbers()));
        assertEquals(0, fixture.duplicates());
    }

    @Test
    void aKeyThatIsBehindWhatWasReadIsStillRead() throws Exception {
        PostgresFixture.Node node = node("");
        await().until(node::isRunning);
        fixture.sql("insert into outbox (id, body) values (100, '{\"n\": 100}')");
        await().until(() -> fixture.events().size() == 1);
        fixture.sql("insert into outbox (id, body) values (50, '{\"n\": 50}')");
        await().until(() -> fixture.events().size() == 2);
    }

    @Test
    void anotherNodeGoesOnAndWhatWasReadIsDeletedIfTheFileSaysSo() throws Exception {
        fixture.sql("insert into outbox (body) select jsonb_build_object('n', n) from generate_series(1, 1500) n");
        fixture.down = new MillraceException(Failure.UNAVAILABLE, "PostgreSQL is away");
        PostgresFixture.Node first = node("delete: true");
        await().until(() -> first.problem().contains("its messages wait"));
        assertEquals("1500", fixture.ask("select count(*) from outbox"), "not before they are acknowledged");
        first.die();
        fixture.down = null;
        node("delete: true");
        await().until(() -> fixture.ask("select count(*) from outbox").equals("0"));
        assertEquals(1_500, fixture.events().size());
        assertEquals(List.of(), fixture.conflicts());
    }

    @Test
    void whatIsThereIsLeftOutIfTheFileSaysSoAndMistakesAreTold() throws Exception {
        add(1);
        PostgresFixture.Node node = node("start: latest");
        await().until(node::isRunning);
        add(2);
        await().until(() -> fixture.events().size() == 1);
        assertEquals(List.of(2), numbers());
        node.stop();
        PostgresFixture.Node wrong = node("key: body");
        await().until(() -> wrong.problem().contains("no column body of integers"));
    }
}
