package io.millrace.domain;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.InvalidConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked
class MistakesTest {
    @TempDir
    private Path directory;

    @Test
    void everyMistakeOfEveryFileIsReportedAtOnceWithItsLine() throws IOException {
        write(
                "a.yaml",
                """
                namespaces:
                  orders: { stream: orders, history: 30 }
                  rooms:
                    stream: "room:{roomId}"
                types:
                  "order:created":
                    namespace: order
                    priority: hgih
                    ownr: data.customerId
                  "order-deleted":
                    namespace: orders
                    durable: no
                  "order:viewed":
                    namespace: orders
                    durable: false
                    entity: { kind: order, id: orderId, apply: merge }
                roles:
                  staff:
                    see: ["ordre:*", "order:viewed own"]
                    manage: [dead-leters]
                """);
        write(
                "b.yaml",
                """
                domain: b
                namespaces:
                  orders: { stream: orders }
                  other: { stream: orders }
                types:
                  "order:viewed": { namespace: orders, entity: { kind: order, id: data.id } }
                kpis:
                  revenue: { sum: data.total, count: "*", of: "order:create", every: often, rollups: [daily] }
                """);
        assertEquals(
                List.of(
                        "a.yaml:1 domain: is missing",
                        "a.yaml:2 namespaces.orders.history: 30 is not a valid duration: a whole number and a unit, like 500ms,"
                                + " 10s, 15m, 12h or 30d",
                        "a.yaml:4 namespaces.rooms.stream: \"roomId\" is not a valid field path: it begins with data., like"
                                + " data.id",
                        "a.yaml:7 types.\"order:created\".namespace: \"order\" is not a valid namespace — did you mean"
                                + " \"orders\"?",
                        "a.yaml:8 types.\"order:created\".priority: \"hgih\" is not a valid priority: low, normal, high, critical"
                                + " — did you mean \"high\"?",
                        "a.yaml:9 types.\"order:created\".ownr: unknown; known here: namespace, priority, message,"
                                + " durable, owner, entity, schema, handler, max — did you mean \"owner\"?",
                        "a.yaml:10 types.order-deleted: is not a valid type: area:what, both of a-z 0-9 _ . -",
                        "a.yaml:12 types.order-deleted.durable: \"no\" where true or false belongs",
                        "a.yaml:16 types.\"order:viewed\".entity: an event that isn't durable can't change an entity",
                        "a.yaml:16 types.\"order:viewed\".entity.id: \"orderId\" is not a valid field path: it begins with"
                                + " data., like data.id",
                        "a.yaml:19 roles.staff.see[0]: \"ordre:*\" covers no type — did you mean \"order:*\"?",
                        "a.yaml:19 roles.staff.see[1]: own, but this type has no owner",
                        "a.yaml:20 roles.staff.manage[0]: \"dead-leters\" is not one of dead-letters, connections, revocations, cluster, sinks — did you"
                                + " mean \"dead-letters\"?",
                        "b.yaml:3 namespaces.orders: this namespace is declared already at a.yaml:2",
                        "b.yaml:4 namespaces.other.stream: \"orders\" and \"orders\" of namespace orders at a.yaml:2"
                                + " could be the same stream",
                        "b.yaml:6 types.\"order:viewed\".entity.apply: is missing: put, merge, delete",
                        "b.yaml:6 types.\"order:viewed\": this type is declared already at a.yaml:13",
                        "b.yaml:8 kpis.revenue: needs one of sum, average, min, max, distinct, count; has 2",
                        "b.yaml:8 kpis.revenue.every: \"often\" is not a valid duration: a whole number and a unit, like 500ms,"
                                + " 10s, 15m, 12h or 30d",
                        "b.yaml:8 kpis.revenue.rollups[0]: \"daily\" is not a valid roll-up: day, week, month",
                        "b.yaml:8 kpis.revenue.of: \"order:create\" is not a valid type — did you mean \"order:created\"?"),
                problems());
    }

    @Test
    void aHistoryIsAtLeastAnHourAndAtMostAHundredYears() {
        assertEquals(
                List.of(
                        "p:3 namespaces.a.history: \"59m\" is less than 1h, the shortest time for which an event that is sent again"
                                + " is recognised; a type whose events nobody reads again has durable: false",
                        "p:4 namespaces.b.history: \"40000d\" is not between 1s and 36500d",
                        "p:5 namespaces.c.history: 0 is not a valid duration: a whole number and a unit, like 500ms, 10s, 15m,"
                                + " 12h or 30d"),
                problemsOf(
                        """
                        domain: d
                        namespaces:
                          a: { stream: a, history: 59m }
                          b: { stream: b, history: 40000d }
                          c: { stream: c, history: 0 }
                          d: { stream: d, history: 1h }
                          e: { stream: e, history: forever }
                        """));
    }

    @Test
    void aFileThatIsNoYamlHidesNoMistakeOfAnother() throws IOException {
        write("a.yaml", "domain: a\ntypes:\n  \"a:b\": { namespace: [ }\n");
        write("b.yaml", "domian: b\n");
        List<String> problems = problems();
        assertTrue(problems.get(0).startsWith("a.yaml:3: no YAML: "), problems.get(0));
        assertEquals(
                "b.yaml:1 domian: unknown; known here: domain, zone, namespaces, types, roles, presence, kpis — did you mean"
                        + " \"domain\"?",
                problems.get(1));
        assertEquals("b.yaml:1 domain: is missing", problems.get(2));
        assertEquals(3, problems.size(), problems::toString);
    }

    @Test
    void whatIsNoBlockNoTextNoListIsSaidToBeSo() {
        assertEquals(
                List.of(
                        "p:1 domain: 5 where a text belongs",
                        "p:2 namespaces.n: \"x\" where a block of stream, history, access, auto, presence" + " belongs",
                        "p:3 types.\"t:t\".schema: a list where a JSON Schema, a block, belongs",
                        "p:3 types.\"t:t\".handler: \"elsewhere\" is not a valid handler: an event-bus address service.…",
                        "p:4 roles.r.see: \"t:t\" where a list belongs",
                        "p:4 roles.r.publish[0]: nothing where a text belongs",
                        "p:5 kpis: a list where a block of names belongs"),
                problemsOf(
                        """
                        domain: 5
                        namespaces: { n: x }
                        types: { "t:t": { namespace: n, schema: [], handler: elsewhere } }
                        roles: { r: { see: "t:t", publish: [null] } }
                        kpis: []
                        """));
        assertEquals(
                List.of("p:1: nothing where a block of domain, zone, namespaces, types, roles, presence, kpis belongs"),
                problemsOf("# all commented out\n"));
    }

    @Test
    void ownMeansNothingForATypeWithoutAnOwner() {
        assertEquals(
                List.of("p:4 roles.r.see[0]: own, but no type that \"a:*\" covers has an owner"),
                problemsOf(
                        """
                        domain: d
                        namespaces: { n: { stream: n } }
                        types: { "a:b": { namespace: n } }
                        roles: { r: { see: ["a:* own"] } }
                        """));
        assertEquals(
                List.of(
                        "p:4 roles.r.see[0]: \"a:b mine\" is not a valid rule: a type or the beginning of one and *, then own"
                                + " if only one's own are seen"),
                problemsOf(
                        """
                        domain: d
                        namespaces: { n: { stream: n } }
                        types: { "a:b": { namespace: n } }
                        roles: { r: { see: ["a:b mine"] } }
                        """));
    }

    @Test
    void whatIsNeverStoredCantBeCounted() {
        assertEquals(
                List.of("p:4 kpis.seen.of: \"a:b\" isn't durable, so there is nothing to count"),
                problemsOf(
                        """
                        domain: d
                        namespaces: { n: { stream: n } }
                        types: { "a:b": { namespace: n, durable: false } }
                        kpis: { seen: { count: "*", of: "a:b", every: 1s } }
                        """));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Europe/Berlim", "UTC+2", "+02:00", "Etc/GMT+2", "CET", "europe/berlin"})
    void aZoneIsARegionThatPostgresqlReadsAlike(String zone) {
        assertEquals(
                List.of("p:2 zone: \"" + zone + "\" is not a time zone: a region like Europe/Berlin, or UTC"),
                problemsOf("domain: d\nzone: \"" + zone + "\"\n"));
        assertDoesNotThrow(() -> DomainModel.parse("p", "domain: d\nzone: America/Argentina/Buenos_Aires\n"));
    }

    @Test
    void theStreamsOfLiveKpisAndTheirWindowsAreWhatTheyAre() {
        assertEquals(
                List.of(
                        "p:3 namespaces.a.stream: \"kpi:seen\" could be the stream of a KPI, kpi:{data.kpi}",
                        "p:4 namespaces.b.stream: \"kpi:{data.id}\" could be the stream of a KPI, kpi:{data.kpi}",
                        "p:4 namespaces.b.stream: \"kpi:{data.id}\" and \"kpi:seen\" of namespace a at p:3 could be the"
                                + " same stream",
                        "p:7 kpis.seen.windows[1]: \"tody\" is not a valid window: 5m, 1h, today, week, month — did you"
                                + " mean \"today\"?"),
                problemsOf(
                        """
                        domain: d
                        namespaces:
                          a: { stream: "kpi:seen" }
                          b: { stream: "kpi:{data.id}" }
                          c: { stream: "kpis:{data.id}" }
                        types: { "a:b": { namespace: c } }
                        kpis: { seen: { count: "*", of: "a:b", every: 1s, windows: [5m, tody] } }
                        """));
    }

    @Test
    void twoNamespacesCantShareAStream() {
        assertEquals(
                List.of("p:4 namespaces.b.stream: \"room:vip:{data.id}\" and \"room:{data.id}\" of namespace a at p:3"
                        + " could be the same stream"),
                problemsOf(
                        """
                        domain: d
                        namespaces:
                          a: { stream: "room:{data.id}" }
                          b: { stream: "room:vip:{data.id}" }
                        """));
    }

    @Test
    void aNamespaceWhoseAccessCantBeReadIsAMistakeAndNotAnOpenOne() {
        assertEquals(
                List.of("p:2 namespaces.a.access.claim: is missing"),
                problemsOf(
                        """
                        domain: d
                        namespaces: { a: { stream: "room:{data.id}", access: {} } }
                        """));
    }

    @Test
    void presenceEventsMustBeTransientAndNeedOnlyUserAndKey() {
        assertEquals(
                List.of(
                        "p:4 namespaces.rooms.presence.join: \"room:join\" is not a valid type — did you mean \"room:joined\"?",
                        "p:4 namespaces.rooms.presence.leave: \"room:left\" must be durable: false; who was there isn't"
                                + " kept",
                        "p:4 namespaces.rooms.presence.leave: the schema of \"room:left\" requires \"why\", and only"
                                + " data.user and data.room.id are known",
                        "p:5 namespaces.hall.presence.join: \"room:joined\" is of namespace rooms, not of this one",
                        "p:5 namespaces.hall.presence.leave: the same type as join",
                        "p:6 namespaces.open.auto: without access: { claim: … } nothing says which of its streams are"
                                + " somebody's",
                        "p:6 namespaces.open.presence.user: is missing",
                        "p:12 presence.role: \"custumer\" is not a valid role — did you mean \"customer\"?",
                        "p:12 presence.join: \"room:joined\" needs data.room.id for its stream, and only data.user is"
                                + " known",
                        "p:12 presence.leave: the schema of \"hall:left\" requires \"why\", and only data.user is known"),
                problemsOf(
                        """
                        domain: d
                        namespaces:
                          rooms: { stream: "room:{data.room.id}", access: { claim: rooms }, auto: true,
                                   presence: { join: "room:join", leave: "room:left", user: data.user } }
                          hall:  { stream: hall, auto: true, presence: { join: "room:joined", leave: "room:joined", user: data.user } }
                          open:  { stream: "open:{data.id}", auto: true, presence: { join: "a:b", leave: "a:c" } }
                        types:
                          "room:joined": { namespace: rooms, durable: false, schema: { required: [room, user] } }
                          "room:left": { namespace: rooms, schema: { required: [room, why] } }
                          "hall:left": { namespace: hall, durable: false, schema: { required: [why] } }
                        roles: { customer: { see: ["room:*"] } }
                        presence: { role: custumer, join: "room:joined", leave: "hall:left", user: data.user }
                        """));
    }

    private void write(String name, String yaml) throws IOException {
        Files.writeString(directory.resolve(name), yaml);
    }

    private List<String> problems() {
        var invalid = assertThrows(InvalidConfigurationException.class, () -> PackFixture.load(directory));
        return invalid.problems().stream()
                .map(problem -> problem.toString().replace(directory + "/", ""))
                .toList();
    }

    private static List<String> problemsOf(String yaml) {
        var invalid = assertThrows(InvalidConfigurationException.class, () -> DomainModel.parse("p", yaml));
        return invalid.problems().stream().map(ConfigurationError::toString).toList();
    }
}
