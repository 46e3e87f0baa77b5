package io.millrace.platform.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Recipients;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.Namespace;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.platform.Samples;
import io.millrace.platform.auth.Principal;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class VisibilityTest {
    private final DomainModel domains;

    VisibilityTest() throws InvalidConfigurationException {
        domains = DomainModel.parse(
                "pack.yaml",
                """
                domain: test
                namespaces:
                  orders: { stream: orders }
                  rooms: { stream: "room:{data.roomId}", access: { claim: rooms }, auto: true }
                  lobby: { stream: lobby, auto: true }
                  staff: { stream: staff, auto: true }
                types:
                  "order:created": { namespace: orders, owner: data.customerId }
                  "order:priced": { namespace: orders }
                  "room:said": { namespace: rooms }
                  "lobby:said": { namespace: lobby }
                  "staff:said": { namespace: staff }
                roles:
                  admin: { see: ["*"] }
                  customer: { see: ["order:created own", "room:*"] }
                  clerk: { see: ["order:priced"] }
                  public: { see: ["order:priced", "lobby:*"] }
                """);
    }

    @Test
    void aPrincipalThatSeesEveryTypeSeesTheWholeStream() {
        Visibility admin = of("orders", person("a", "admin"));
        assertTrue(admin.unrestricted());
        assertTrue(sees(admin, created("somebody"), person("a", "admin")));
    }

    @Test
    void ownMeansOnlyThePrincipalsOwnEvents() {
        Principal customer = person("c-4", "customer");
        Visibility visibility = of("orders", customer);
        assertFalse(visibility.unrestricted());
        assertTrue(sees(visibility, created("c-4"), customer));
        assertFalse(sees(visibility, created("c-5"), customer));
        assertFalse(sees(visibility, created(null), customer));
        assertFalse(sees(visibility, Samples.event("orders", "1", "order:priced", "c-4", null, null), customer));
    }

    @Test
    void rolesAddUp() {
        Principal both = person("c-4", "customer", "clerk");
        Visibility visibility = of("orders", both);
        assertEquals(Set.of("order:priced"), visibility.all());
        assertEquals(Set.of("order:created"), visibility.own());
    }

    @Test
    void aPrincipalWithoutATokenOwnsNothing() {
        Visibility visibility = of("orders", Principal.PUBLIC);
        assertEquals(Set.of("order:priced"), visibility.all());
        assertFalse(sees(visibility, created("anonymous"), Principal.PUBLIC));
    }

    @Test
    void anUnknownRoleSeesNothing() {
        assertTrue(of("orders", person("u", "root")).nothing());
        assertTrue(of("orders", person("u")).nothing());
    }

    @Test
    void aKeyedStreamNeedsItsKeyInTheToken() {
        Principal inside =
                new Principal("c-4", Set.of("customer"), new JsonObject("{\"rooms\":[\"42\"]}"), Long.MAX_VALUE - 1);
        assertTrue(of("room:42", inside).unrestricted());
        assertTrue(of("room:43", inside).nothing());
        assertTrue(of("room:4", inside).nothing());
        assertTrue(of("room:42", person("c-4", "customer")).nothing());
        assertTrue(of("room:42", person("a", "admin")).nothing(), "the claim is asked of everybody");
        assertTrue(of("room:42", claiming("{'rooms':['room:42']}")).unrestricted(), "by its name too");
        assertTrue(of("room:42", claiming("{'rooms':[42]}")).nothing(), "a key is a text");
    }

    @Test
    void aClaimThatIsOneTextIsOneKeyAndNeverAName() {
        assertTrue(of("room:42", claiming("{'rooms':'42'}")).unrestricted());
        assertTrue(of("room:43", claiming("{'rooms':'42'}")).nothing());
        // Users may be called what they like: nobody called room:42 comes into room 42.
        assertTrue(of("room:42", claiming("{'rooms':'room:42'}")).nothing());
        assertTrue(of("room:room:42", claiming("{'rooms':'room:42'}")).unrestricted());
    }

    @Test
    void onConnectingTheStreamsAreFollowedThatTheTokenOpens() {
        assertEquals(
                List.of("room:7", "room:42"), followed("room:1", claiming("{'rooms':['7','room:42','7',3,null]}")));
        assertEquals(List.of("room:42"), followed("room:1", claiming("{'rooms':'42'}")));
        assertEquals(List.of("room:room:42"), followed("room:1", claiming("{'rooms':'room:42'}")));
        assertEquals(List.of(), followed("room:1", claiming("{'rooms':' '}")));
        assertEquals(List.of(), followed("room:1", claiming("{'rooms':{'a':'b'}}")));
        assertEquals(List.of(), followed("room:1", Principal.PUBLIC));
        assertEquals(List.of("lobby"), followed("lobby", Principal.PUBLIC));
        assertEquals(List.of(), followed("orders", person("a", "admin")), "not auto");
        assertEquals(List.of("staff"), followed("staff", person("a", "admin")));
        assertEquals(List.of(), followed("staff", person("c-4", "customer")), "nothing of it is for them");
    }

    private List<String> followed(String one, Principal who) {
        return Visibility.followed(domains, Objects.requireNonNull(domains.namespaceOf(one)), who);
    }

    private static Principal claiming(String claims) {
        return new Principal("c-4", Set.of("customer"), new JsonObject(claims.replace('\'', '"')), Long.MAX_VALUE - 1);
    }

    @Test
    void aTargetNarrowsAndAnExcludeTakesOut() {
        Principal staff = person("s-1", "admin", "staff");
        Visibility visibility = of("orders", staff);
        Recipients roles = new Recipients(Set.of("staff"), Set.of(), Set.of());
        Recipients user = new Recipients(Set.of(), Set.of("s-1"), Set.of());
        Recipients connection = new Recipients(Set.of(), Set.of(), Set.of("k"));
        Recipients nobody = new Recipients(Set.of(), Set.of(), Set.of());
        for (Recipients targeted : new Recipients[] {roles, user, connection}) {
            assertTrue(sees(visibility, addressed(targeted, null), staff));
            assertFalse(sees(visibility, addressed(null, targeted), staff));
            assertFalse(sees(visibility, addressed(targeted, targeted), staff));
        }
        assertFalse(sees(visibility, addressed(nobody, null), staff));
        assertTrue(sees(visibility, addressed(null, nobody), staff));
    }

    @Test
    void aTargetNeverWidens() {
        Principal clerk = person("c-1", "clerk");
        Recipients me = new Recipients(Set.of(), Set.of("c-1"), Set.of());
        assertFalse(sees(of("orders", clerk), addressed(me, null), clerk));
    }

    private Visibility of(String stream, Principal who) {
        Namespace namespace = Objects.requireNonNull(domains.namespaceOf(stream));
        return Visibility.of(domains, namespace, stream, who);
    }

    private static boolean sees(Visibility visibility, Event event, Principal who) {
        return visibility.sees(event, who, "k");
    }

    private static Event created(@Nullable String owner) {
        return Samples.event("orders", "1", "order:created", owner, null, null);
    }

    private static Event addressed(@Nullable Recipients target, @Nullable Recipients exclude) {
        return Samples.event("orders", "1", "order:created", null, target, exclude);
    }

    private static Principal person(String user, String... roles) {
        return new Principal(user, Set.of(roles), new JsonObject(), Long.MAX_VALUE - 1);
    }
}
