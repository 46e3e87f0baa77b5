package io.millrace.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.event.Priority;
import io.millrace.domain.access.AccessLevel;
import io.millrace.domain.model.EntityOperation;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.MessageKind;
import io.millrace.domain.yaml.ConfigurationError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked
class DomainModelTest {
    @TempDir
    private Path directory;

    @Test
    void aPackMayUseWhatAnotherDeclaresAndRolesGrow() throws Exception {
        Files.writeString(
                directory.resolve("1.yaml"),
                """
                domain: one
                namespaces: { n: { stream: n } }
                types: { "a:x": { namespace: n, owner: data.who } }
                roles: { staff: { see: ["a:* own"], publish: ["b:y"], priority: high, sources: ["pos/*"] } }
                """);
        Files.writeString(
                directory.resolve("2.yaml"),
                """
                domain: two
                types: { "a:y": { namespace: n }, "b:y": { namespace: n } }
                roles: { staff: { see: ["b:y"], publish: ["a:*"], priority: low } }
                kpis: { seen: { count: "*", of: "a:x", every: 1s } }
                """);
        DomainModel domains = PackFixture.load(directory);
        Set<String> staff = Set.of("staff");
        assertEquals(AccessLevel.OWN, domains.rights().seeLevel(staff, domains.type("a:x")));
        // The wildcard covers it too, but nobody owns it.
        assertEquals(AccessLevel.NONE, domains.rights().seeLevel(staff, domains.type("a:y")));
        assertEquals(AccessLevel.ALL, domains.rights().seeLevel(staff, domains.type("b:y")));
        assertTrue(domains.rights().mayPublish(staff, domains.type("a:x")));
        assertTrue(domains.rights().mayPublish(staff, domains.type("b:y")));
        assertEquals(Priority.HIGH, domains.rights().highest(staff, domains.type("a:x")));
        assertTrue(domains.rights().maySource(staff, "u", "pos/7"));
        assertFalse(domains.rights().maySource(staff, "u", "posh"));
        assertEquals(3, domains.typesOf(domains.namespaces().get(0)).size());
    }

    @Test
    void aRoleMayPublishItsOwnOrInAnybodysNameAndWhereThatIsNotSaidItIsWarnedOf() throws Exception {
        DomainModel domains = DomainModel.parse(
                "p.yaml",
                """
                domain: d
                namespaces: { n: { stream: n } }
                types: { "a:x": { namespace: n, owner: data.who }, "a:y": { namespace: n } }
                roles:
                  player: { publish: ["a:* own"] }
                  referee: { publish: ["a:*"], sources: ["game/*"] }
                  staff: { publish: ["a:x any", "a:y"] }
                  careless: { publish: ["a:*", "a:x own"] }
                """);
        EventType owned = domains.type("a:x");
        EventType nobodys = domains.type("a:y");
        assertEquals(AccessLevel.OWN, domains.rights().publishLevel(Set.of("player"), owned));
        assertEquals(AccessLevel.NONE, domains.rights().publishLevel(Set.of("player"), nobodys));
        assertFalse(domains.rights().mayPublish(Set.of("player"), nobodys));
        for (String role : List.of("referee", "staff", "careless")) {
            assertEquals(AccessLevel.ALL, domains.rights().publishLevel(Set.of("player", role), owned), role);
            assertEquals(AccessLevel.ALL, domains.rights().publishLevel(Set.of(role), nobodys), role);
        }
        assertEquals(
                List.of("p.yaml:8 roles.careless.publish[0]: lets this role publish a:x in anybody's name:"
                        + " say \"a:* own\", or \"a:* any\" if that is meant"),
                domains.warnings().stream().map(ConfigurationError::toString).toList());
    }

    @Test
    void theShippedPacksSayInWhoseNameTheirRolesPublish() throws Exception {
        Path packs = Path.of(System.getProperty("millrace.root"), "conf", "domains");
        assertEquals(List.of(), PackFixture.load(packs).warnings());
    }

    @Test
    void whatAPackLeavesOutIsSensible() throws Exception {
        DomainModel domains = DomainModel.parse(
                "p",
                """
                domain: d
                namespaces: { n: { stream: "room:{data.roomId}", access: { claim: rooms } } }
                types: { "a:x": { namespace: n } }
                """);
        EventType type = domains.type("a:x");
        assertEquals(Priority.NORMAL, type.priority());
        assertEquals(MessageKind.UPDATE, type.message());
        assertTrue(type.durable());
        assertNull(type.owner());
        assertNull(type.entity());
        assertNull(type.schema());
        assertNull(type.handler());
        assertEquals(Duration.ofDays(30), type.namespace().history());
        assertNull(DomainModel.parse("p.yaml", "domain: d\nnamespaces: { n: { stream: n, history: forever } }")
                .namespaceOf("n")
                .history());
        assertEquals("rooms", type.namespace().accessClaim());
        assertFalse(type.namespace().auto());
        assertNull(type.namespace().presence());
        assertEquals(List.of(), domains.presences());
        assertEquals(type.namespace(), domains.namespaceOf("room:42"));
        assertNull(domains.namespaceOf("room:"));
        assertNull(domains.namespaceOf("rooms"));
    }

    @Test
    void theMeasuringPackIsWhole() throws Exception {
        Path bench = Path.of(
                System.getProperty("millrace.root"),
                "verticles",
                "benchmarks",
                "src",
                "main",
                "resources",
                "bench.yaml");
        DomainModel domains = PackFixture.load(List.of(bench));
        assertEquals(Priority.HIGH, domains.type("bench:update").priority());
        assertEquals(Priority.NORMAL, domains.type("bench:ordinary").priority());
        assertEquals(
                EntityOperation.PUT, domains.type("bench:ordinary").entity().apply());
        assertFalse(domains.type("bench:tick").durable());
        assertEquals(AccessLevel.ALL, domains.rights().seeLevel(Set.of("bench"), domains.type("bench:tick")));
    }

    @Test
    void theMeasuringPackLoadsTogetherWithTheShop() throws Exception {
        Path root = Path.of(System.getProperty("millrace.root"));
        DomainModel domains = PackFixture.load(List.of(
                root.resolve("conf/domains/shop.yaml"),
                root.resolve("verticles/benchmarks/src/main/resources/bench.yaml")));
        assertEquals(AccessLevel.ALL, domains.rights().seeLevel(Set.of("admin"), domains.type("bench:tick")));
    }
}
