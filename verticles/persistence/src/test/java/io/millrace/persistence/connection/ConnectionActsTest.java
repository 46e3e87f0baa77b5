package io.millrace.persistence.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.connection.ConnectionCommand;
import io.millrace.persistence.PersistenceFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The audit of what operators do about connections, in a real PostgreSQL. */
@Timeout(120)
class ConnectionActsTest {
    @RegisterExtension
    static final PersistenceFixture NODES = new PersistenceFixture();

    @BeforeEach
    void empty() throws Exception {
        NODES.await(NODES.connect().query("truncate connection_acts").execute());
    }

    @Test
    void whoDisconnectedWhomAndWhoTriedIsKept() throws Exception {
        for (ConnectionCommand command : List.of(
                ConnectionCommand.disconnect("id 'or 1=1", null, "op"),
                ConnectionCommand.disconnect(null, "c-4", "op"),
                ConnectionCommand.denied("eve", "POST /api/connections/disconnect"))) {
            NODES.await(NODES.bus().request(Addresses.CONNECTION_ACTS, command));
        }
        assertEquals(
                List.of("disconnect op id 'or 1=1", "disconnect op c-4", "denied eve POST /api/connections/disconnect"),
                acts());
    }

    @Test
    void whatWasDoneLongAgoIsForgotten() throws Exception {
        NODES.await(NODES.connect()
                .query("insert into connection_acts (act, by_user, person, at)"
                        + " select 'disconnect', 'old', 'c', now() - interval '2 hours' from generate_series(1, 2500)")
                .execute());
        NODES.await(NODES.bus().request(Addresses.CONNECTION_ACTS, ConnectionCommand.disconnect(null, "c-4", "op")));
        NODES.await(new ConnectionActs(NODES.pool()).deleteOlderThan(Duration.ofMinutes(90)));
        assertEquals(List.of("disconnect op c-4"), acts());
    }

    private static List<String> acts() throws Exception {
        List<String> acts = new ArrayList<>();
        NODES.await(NODES.connect()
                        .query("select act || ' ' || by_user || ' ' || coalesce(connection, person, tried)"
                                + " from connection_acts order by id")
                        .execute())
                .forEach(row -> acts.add(row.getString(0)));
        return acts;
    }
}
