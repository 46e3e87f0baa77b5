package io.millrace.systemtests.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.backends.RunningBackends;
import io.millrace.backends.server.EmbeddedPostgres;
import io.millrace.systemtests.environment.PostgresAccess;
import io.millrace.systemtests.environment.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.stream.IntStream;

/** A program's database, by the examples postgres.yaml and outbox.yaml: what was committed there is the oracle. */
final class DatabaseLoad implements LeasedLoad {
    private final boolean outbox;
    private final PostgresAccess stored;
    private final EmbeddedPostgres server;
    private final Path data;
    private final Connection program;

    /** @param outbox whether an outbox is read, or else the log */
    DatabaseLoad(boolean outbox, RunningBackends servers) throws Exception {
        this.outbox = outbox;
        this.stored = new PostgresAccess(servers.postgresUri());
        this.data = Repository.OUTPUTS.resolve("shopdb-data");
        Repository.delete(data);
        server = EmbeddedPostgres.start(data, 0);
        new PostgresAccess(server.uri()).tell("alter system set wal_level = 'logical'");
        server.restart();
        program =
                DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + server.port() + "/millrace?user=millrace");
        try (Statement statement = program.createStatement()) {
            statement.execute(
                    "create schema sales; create table stock_changes (id serial primary key, product text, difference int);"
                            + " create table sales.payments (id int primary key, order_id text, amount numeric);"
                            + " create table outbox (id bigserial primary key, type text, payload jsonb,"
                            + " created_at timestamptz default now())");
        }
        program.setAutoCommit(false);
    }

    @Override
    public String stage() {
        return "sources";
    }

    @Override
    public String name() {
        return outbox ? "shop-outbox" : "shopdb";
    }

    @Override
    public void configure(Path conf, String node) throws IOException {
        String file = outbox ? "outbox.yaml" : "postgres.yaml";
        Files.writeString(
                conf.resolve("sources").resolve(file),
                Files.readString(conf.resolve("sources").resolve(file + ".example"))
                        .replaceFirst(
                                "\n  uri: .*\n  password: .*\n",
                                "\n  uri: \"" + server.uri() + "\"\n" + (outbox ? "" : "  create: true\n")));
    }

    /** One transaction. */
    @Override
    public void send(int number) throws Exception {
        try (Statement statement = program.createStatement()) {
            statement.execute(
                    outbox
                            ? "insert into outbox (type, payload) values ('stock', '{\"product\":\"p-" + number
                                    + "\",\"difference\":1}')"
                            : "insert into stock_changes (product, difference) values ('p-" + number + "', 1);"
                                    + " insert into sales.payments values (" + number + ", 'o-1', 1)");
        }
        program.commit();
    }

    @Override
    public int arrived() {
        int events = (int) stored.number("select count(*) from events where source = ?", name());
        return outbox ? events : events / 2;
    }

    @Override
    public void check(int sent) {
        assertEquals(numbers(sent), told("inventory:updated", "replace(data ->> 'productId', 'p-', '')::int"));
        // What is urgent is committed in the order of the log.
        assertEquals(outbox ? List.of() : numbers(sent), told("payment:received", "pos"));
        assertEquals(0, stored.number("select count(*) from dead_letters"));
    }

    private static List<String> numbers(int end) {
        return IntStream.rangeClosed(1, end).mapToObj(Integer::toString).toList();
    }

    private List<String> told(String type, String order) {
        return stored.ask(
                "select regexp_replace(coalesce(data ->> 'productId', data ->> 'paymentId'), '^p-', '') from events"
                        + " where source = ? and type = ? order by " + order,
                name(),
                type);
    }

    @Override
    public void close() throws Exception {
        program.close();
        server.close();
        Repository.delete(data);
    }
}
