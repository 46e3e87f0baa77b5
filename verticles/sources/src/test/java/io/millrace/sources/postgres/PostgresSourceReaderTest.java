package io.millrace.sources.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.sources.SourcesFixture;
import io.millrace.sources.SourcesSettings;
import io.millrace.sources.intake.ConfiguredSource;
import io.millrace.sources.postgres.outbox.OutboxSource;
import io.millrace.sources.postgres.value.TableName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@SuppressWarnings("NullAway.Init")
class PostgresSourceReaderTest {
    @TempDir
    Path folder;

    private final List<ConfigurationError> problems = new ArrayList<>();

    private @Nullable ConfiguredSource read(String kind, String block) throws Exception {
        Files.writeString(
                folder.resolve("s.yaml"),
                """
                source: Shop-1
                as: { user: Shop-1, roles: [webhook] }
                %s: %s
                events: [ { type: "repo:pushed", id: "{#id}", data: {} } ]
                """
                        .formatted(kind, block));
        List<ConfiguredSource> all = SourcesSettings.read(
                        folder,
                        Map.of("THE_PASSWORD", "secret"),
                        DomainModel.parse("pack.yaml", SourcesFixture.PACK),
                        problems)
                .all();
        return all.isEmpty() ? null : all.get(0);
    }

    @Test
    void whatIsNotSaidHasItsDefault() throws Exception {
        PostgresSource read = (PostgresSource) read("postgres", "{ uri: 'postgresql://me@db/shop', tables: [orders] }");
        assertEquals(List.of(), problems);
        assertNotNull(read);
        assertEquals("millrace_shop_1", read.slot());
        assertEquals("millrace_shop_1", read.publication());
        assertEquals(List.of(new TableName("public", "orders")), read.tables());
        assertEquals(PostgresSource.Snapshot.INITIAL, read.snapshot());
        assertFalse(read.create());
        assertNull(read.again());
        assertEquals("db:5432/shop", read.server().address());
    }

    @Test
    void everythingIsRead() throws Exception {
        PostgresSource read = (PostgresSource) read(
                "postgres",
                "{ uri: 'postgresql://me@db:1/shop?sslmode=require', password: THE_PASSWORD, tables: [Sales.Orders],"
                        + " slot: s, publication: p, create: true, snapshot: never, again: x }");
        assertEquals(List.of(), problems);
        assertNotNull(read);
        assertEquals("secret", read.server().password());
        assertEquals("\"Sales\".\"Orders\"", read.tables().get(0).quoted());
        assertEquals(PostgresSource.Snapshot.NEVER, read.snapshot());
        OutboxSource outbox = (OutboxSource)
                read(
                        "outbox",
                        "{ uri: 'postgresql://me@db/shop', table: o, key: n, columns: [b], every: 5s, start: latest, delete: true }");
        assertEquals(List.of(), problems);
        assertNotNull(outbox);
        assertEquals(Duration.ofSeconds(5), outbox.every());
        assertFalse(outbox.beginning());
        assertTrue(outbox.delete());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    postgres | {}                                                      | uri: is missing
                    postgres | { uri: 'postgresql://h/d' }                             | tables: is missing
                    postgres | { uri: 'postgresql://h/d', table: a }                   | did you mean "tables"
                    postgres | { uri: 'postgresql://h/d', tables: [a, public.a] }      | is there twice
                    postgres | { uri: 'postgresql://h/d', tables: ['a b'] }            | is not schema.table
                    postgres | { uri: 'postgresql://m:pw@h/d', tables: [a] }           | has a password
                    postgres | { uri: 'postgresql://h/d?sslmod=a', tables: [a] }       | did you mean sslmode
                    postgres | { uri: 'postgresql://h,i/d', tables: [a] }              | names several hosts
                    postgres | { uri: 'postgresql://h/d', tables: [a], password: pw }  | must be the name of an environment
                    postgres | { uri: 'postgresql://h/d', tables: [a], slot: A }       | is not a valid name of a slot
                    postgres | { uri: 'postgresql://h/d', tables: [a], snapshot: neve } | did you mean "never"
                    postgres | { uri: 'postgresql://h/d', tables: [a], ca: /none.pem } | ca: can't be read
                    postgres | { uri: 'postgresql://h/d', tables: [a], ca: pom.xml }   | ca: has no effect
                    outbox   | { uri: 'postgresql://h/d' }                             | table: is missing
                    outbox   | { uri: 'postgresql://h/d', table: a, every: 1 }         | is not a valid duration
                    outbox   | { uri: 'postgresql://h/d', table: a, start: now }       | is not a valid start
                    """)
    void aMistakeIsTold(String kind, String block, String told) throws Exception {
        assertNull(read(kind, block));
        assertTrue(problems.toString().contains(told), problems::toString);
        assertFalse(problems.toString().contains("m:pw"), "no password is repeated");
    }

    @Test
    void twoSourcesHaveNoSlotTogether() throws Exception {
        String block = "{ uri: 'postgresql://me@%s', tables: [orders], slot: shared }";
        for (String[] file : new String[][] {
            {"one", "db/shop"}, {"two", "db/other"}, {"three", "db:5433/shop"}, {"four", "other/shop"}
        }) {
            Files.writeString(
                    folder.resolve(file[0] + ".yaml"),
                    """
                    source: %s
                    as: { user: %s, roles: [webhook] }
                    postgres: %s
                    events: [ { type: "repo:pushed", id: "{#id}", data: {} } ]
                    """
                            .formatted(file[0], file[0], block.formatted(file[1])));
        }
        SourcesSettings.read(folder, Map.of(), DomainModel.parse("pack.yaml", SourcesFixture.PACK), problems);
        assertEquals(1, problems.size(), problems::toString);
        assertTrue(
                problems.toString().contains("two.yaml")
                        && problems.toString().contains("the slot of the source one too"),
                problems::toString);
    }
}
