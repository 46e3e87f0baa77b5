package io.millrace.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.event.Event;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.ingest.intake.EventValidator;
import io.millrace.ingest.parse.EnvelopeReader;
import io.millrace.platform.auth.Principal;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** In whose name somebody may publish, and for whom. */
class OwnAndAddressedTest {
    private static final Principal CUSTOMER = person("c-4", "customer");

    private final EventValidator checks;

    OwnAndAddressedTest() throws InvalidConfigurationException {
        DomainModel domains = DomainModel.parse(
                "pack.yaml",
                """
                domain: test
                namespaces: { orders: { stream: orders }, rooms: { stream: "room:{data.roomId}" } }
                types:
                  "order:created": { namespace: orders, entity: { kind: order, id: data.orderId, apply: merge } }
                  "room:said": { namespace: rooms }
                  "room:moved": { namespace: rooms, owner: data.player.id }
                roles:
                  customer: { publish: ["order:created", "room:said"] }
                  player: { publish: ["room:moved own"] }
                  referee: { publish: ["room:*"], sources: ["game/*"] }
                """);
        checks = new EventValidator(domains, Clock.systemUTC(), Duration.ofMinutes(5));
    }

    @Test
    void aRoleThatPublishesOnlyItsOwnMustBeTheOwner() {
        String moved = "{'type':'room:moved','data':{'roomId':'42','player':%s}}";
        Principal player = person("c-4", "player");
        assertEquals("c-4", check(moved.formatted("{'id':'c-4'}"), player).owner());
        for (String other : List.of("{'id':'c-5'}", "{'id':'C-4'}", "{'id':null}", "{}", "'c-4'", "{'id':['c-4']}")) {
            MillraceException refused =
                    assertThrows(MillraceException.class, () -> check(moved.formatted(other), player), other);
            assertEquals(Failure.PERMISSION_DENIED, refused.failure());
            assertTrue(refused.getMessage().startsWith("data.player.id must be \"c-4\""), refused::getMessage);
        }
        assertEquals(
                "c-5",
                check(moved.formatted("{'id':'c-5'}"), person("c-4", "player", "referee"))
                        .owner());
    }

    @Test
    void anEventThatChangesAnEntityHasNoRecipients() {
        for (String who : List.of("target", "exclude")) {
            for (String people : List.of("{'roles':['admin']}", "{'users':['c-4']}", "{'connections':['x']}", "{}")) {
                Refused.at(
                        "/metadata/" + who,
                        () -> check(
                                "{'type':'order:created','data':{'orderId':'o-1'},'metadata':{'" + who + "':" + people
                                        + "}}",
                                CUSTOMER));
            }
            assertNotNull(check(
                    "{'type':'room:said','data':{'roomId':'42'},'metadata':{'" + who + "':{'users':['c-4']}}}",
                    CUSTOMER));
        }
    }

    /** With ' for ". */
    private Event check(String json, Principal publisher) {
        byte[] body = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return checks.check(EnvelopeReader.one(body, 0, body.length, EnvelopeReader.Form.NATIVE), publisher);
    }

    private static Principal person(String user, String... roles) {
        return new Principal(user, Set.of(roles), new JsonObject(), Long.MAX_VALUE - 1);
    }
}
