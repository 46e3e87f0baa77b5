package io.millrace.platform.delivery;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.platform.auth.Principal;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EntityVisibilityTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final DomainModel domains;

    EntityVisibilityTest() throws InvalidConfigurationException {
        domains = DomainModel.parse(
                "pack.yaml",
                """
                domain: test
                namespaces:
                  orders: { stream: orders }
                  guilds: { stream: "guild:{data.guildId}", access: { claim: guilds } }
                types:
                  "order:created":
                    { namespace: orders, owner: data.customerId, entity: { kind: order, id: data.id, apply: put } }
                  "case:opened":
                    { namespace: guilds, owner: data.userId, entity: { kind: case, id: data.id, apply: put } }
                roles:
                  staff: { see: ["order:*"] }
                  customer: { see: ["order:* own"] }
                  moderator: { see: ["case:*"] }
                  member: { see: ["case:* own"] }
                """);
    }

    @Test
    void aPrincipalThatSeesTheEventsSeesTheEntity() throws IOException {
        assertTrue(of("order", person("s-1", "staff", "{}")).all());
        EntityVisibility customer = of("order", person("c-4", "customer", "{}"));
        assertFalse(customer.all());
        assertTrue(sees(customer, "{'customerId':'c-4'}"));
        assertFalse(sees(customer, "{'customerId':'c-5'}"));
        assertFalse(sees(customer, "{}"));
        assertTrue(of("order", person("m-1", "moderator", "{}")).nothing());
        assertTrue(of("order", Principal.PUBLIC).nothing());
    }

    @Test
    void anEntityOfAStreamWithAKeyIsOnlyForThoseWhoseTokenOpensIt() throws IOException {
        Principal moderator = person("m-1", "moderator", "{'guilds':['7']}");
        assertTrue(EntityVisibility.of(domains, moderator, "case", "guild:7").all());
        assertTrue(EntityVisibility.of(domains, moderator, "case", "guild:8").nothing());
        assertTrue(
                EntityVisibility.of(domains, moderator, "case", "orders").nothing(), "a stream without such entities");
        assertTrue(EntityVisibility.of(domains, moderator, "case", "nowhere").nothing());
        assertTrue(EntityVisibility.of(domains, person("m-1", "moderator", "{}"), "case", "guild:7")
                .nothing());

        Principal member = person("u-1", "member", "{'guilds':['7']}");
        EntityVisibility here = EntityVisibility.of(domains, member, "case", "guild:7");
        assertTrue(sees(here, "{'guildId':'7','userId':'u-1'}"));
        assertFalse(sees(here, "{'guildId':'7','userId':'u-2'}"));
        assertTrue(EntityVisibility.of(domains, member, "case", "guild:8").nothing(), "a guild that they left");
    }

    private EntityVisibility of(String kind, Principal who) {
        return EntityVisibility.of(domains, who, kind, "orders");
    }

    private static boolean sees(EntityVisibility visibility, String state) throws IOException {
        return visibility.sees(JSON.readTree(state.replace('\'', '"')));
    }

    private static Principal person(String user, String role, String claims) {
        return new Principal(user, Set.of(role), new JsonObject(claims.replace('\'', '"')), Long.MAX_VALUE - 1);
    }
}
