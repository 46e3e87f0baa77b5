package io.millrace.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.kpi.Rollup;
import io.millrace.domain.access.AccessLevel;
import io.millrace.domain.access.Role;
import io.millrace.domain.access.RolePresence;
import io.millrace.domain.model.EntityOperation;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.Kpi;
import io.millrace.domain.model.MessageKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The pack that is delivered, conf/domains/shop.yaml. */
@NullUnmarked
class ShopTest {
    private static DomainModel shop;

    @BeforeAll
    static void load() throws Exception {
        shop = PackFixture.load(Path.of(System.getProperty("millrace.root"), "conf", "domains"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            useHeadersInDisplayName = true,
            textBlock =
                    """
                    area,      admin, manager, staff, customer, guest, public
                    order,     ALL,   ALL,     ALL,   OWN,      NONE,  NONE
                    customer,  ALL,   ALL,     ALL,   NONE,     NONE,  NONE
                    product,   ALL,   ALL,     ALL,   ALL,      ALL,   ALL
                    inventory, ALL,   ALL,     ALL,   NONE,     NONE,  NONE
                    payment,   ALL,   ALL,     NONE,  OWN,      NONE,  NONE
                    system,    ALL,   NONE,    NONE,  NONE,     NONE,  NONE
                    """)
    void eachRoleSeesWhatTheMatrixSays(
            String area,
            AccessLevel admin,
            AccessLevel manager,
            AccessLevel staff,
            AccessLevel customer,
            AccessLevel guest,
            AccessLevel everybody) {
        List<EventType> types = shop.types().stream()
                .filter(type -> type.name().startsWith(area + ":"))
                .toList();
        assertTrue(types.size() >= 3, area);
        for (EventType type : types) {
            assertEquals(admin, shop.rights().seeLevel(Set.of("admin"), type), type.name());
            assertEquals(manager, shop.rights().seeLevel(Set.of("manager"), type), type.name());
            assertEquals(staff, shop.rights().seeLevel(Set.of("staff"), type), type.name());
            assertEquals(customer, shop.rights().seeLevel(Set.of("customer"), type), type.name());
            assertEquals(guest, shop.rights().seeLevel(Set.of("guest"), type), type.name());
            assertEquals(everybody, shop.rights().seeLevel(Set.of("public"), type), type.name());
        }
    }

    @Test
    void theSeedsTypesAreAllThere() {
        for (String name :
                """
                order:created order:updated order:status_changed order:deleted
                customer:activity customer:viewing_product customer:added_to_cart customer:online customer:offline
                inventory:updated inventory:low_stock inventory:out_of_stock inventory:restocked
                product:price_changed product:created product:updated product:deleted
                payment:received payment:failed payment:refunded
                system:notification system:alert system:maintenance"""
                        .split("\\s+", -1)) {
            EventType type = shop.type(name);
            assertNotNull(type, name);
            assertNotNull(type.schema(), name);
            assertTrue(shop.typesOf(type.namespace()).contains(type), name);
        }
        assertNull(shop.type("order:shipped"));
        int index = 0;
        for (EventType type : shop.types()) {
            assertEquals(index++, type.index());
        }
    }

    @Test
    void theBestOfSeveralRolesCountsAndUnknownOnesAreNothing() {
        EventType created = type("order:created");
        assertEquals(AccessLevel.ALL, shop.rights().seeLevel(List.of("guest", "customer", "staff"), created));
        assertEquals(AccessLevel.OWN, shop.rights().seeLevel(List.of("customer", "wizard", "guest"), created));
        assertEquals(AccessLevel.NONE, shop.rights().seeLevel(List.of("wizard"), created));
        assertEquals(AccessLevel.NONE, shop.rights().seeLevel(List.of(), created));
    }

    @Test
    void onlyPermittedRolesPublishRaiseAndPublishForOthers() {
        EventType created = type("order:created");
        EventType cart = type("customer:added_to_cart");
        EventType alert = type("system:alert");
        assertTrue(shop.rights().mayPublish(Set.of("admin"), alert));
        assertFalse(shop.rights().mayPublish(Set.of("manager"), alert));
        assertTrue(shop.rights().mayPublish(Set.of("customer"), cart));
        assertFalse(shop.rights().mayPublish(Set.of("customer"), created));
        assertFalse(shop.rights().mayPublish(Set.of("public"), cart));

        assertEquals(Priority.CRITICAL, shop.rights().highest(Set.of("admin"), cart));
        assertEquals(Priority.HIGH, shop.rights().highest(Set.of("manager", "staff"), cart));
        assertEquals(Priority.NORMAL, shop.rights().highest(Set.of("customer"), cart));
        assertEquals(Priority.CRITICAL, shop.rights().highest(Set.of("manager"), alert));

        assertTrue(shop.rights().maySource(Set.of("customer"), "c-4", "c-4"));
        assertTrue(shop.rights().maySource(Set.of("customer"), "c-4", "c-4/phone"));
        assertFalse(shop.rights().maySource(Set.of("customer"), "c-4", "c-44"));
        assertFalse(shop.rights().maySource(Set.of("public"), "", "/anything"));
        assertTrue(shop.rights().maySource(Set.of("manager"), "m-1", "shop/eu"));
    }

    @Test
    void onlyTheAdminLooksAfterTheDeadLetters() {
        assertTrue(shop.rights().mayManage(Set.of("guest", "admin"), Role.DEAD_LETTERS));
        assertFalse(shop.rights().mayManage(Set.of("manager", "staff", "public", "wizard"), Role.DEAD_LETTERS));
        assertFalse(shop.rights().mayManage(Set.of("admin"), "the-world"));
    }

    @Test
    void anOrdersEventsSayWhoseTheyAreAndWhatTheyChange() throws Exception {
        EventType created = type("order:created");
        var data = new ObjectMapper().readTree("{\"orderId\":17,\"customerId\":\"c-4\"}");
        assertEquals("orders", created.namespace().stream().resolve(data));
        assertEquals("c-4", created.owner().text(data));
        assertEquals("17", created.entity().id().text(data));
        assertEquals(EntityOperation.MERGE, created.entity().apply());
        assertEquals(EntityOperation.DELETE, type("order:deleted").entity().apply());
        assertEquals(
                List.of("order:created", "order:updated", "order:status_changed", "order:deleted"),
                shop.typesOfEntity("order").stream().map(EventType::name).toList());
        assertEquals(List.of(), shop.typesOfEntity("dragon"));
        assertFalse(type("customer:viewing_product").durable());
        assertEquals(MessageKind.ALERT, type("inventory:low_stock").message());
    }

    @Test
    void aStreamLeadsBackToItsNamespace() {
        assertEquals("orders", shop.namespaceOf("orders").name());
        assertNull(shop.namespaceOf("order"));
        assertNull(shop.namespaceOf(""));
    }

    @Test
    void onlyTheServerPublishesThePresenceOfCustomers() {
        RolePresence customers = shop.presences().get(0);
        assertEquals("customer", customers.role());
        assertEquals("customer:online", customers.events().join());
        assertEquals("customer:offline", customers.events().leave());
        assertEquals("data.customerId", customers.events().user().toString());
        assertFalse(shop.rights().mayPublish(Set.of("customer"), type("customer:online")));
        assertFalse(shop.rights().mayPublish(Set.of("customer"), type("customer:offline")));
    }

    @Test
    void itsKpisAreReadAsTheyStand() {
        Map<String, Kpi> kpis = new LinkedHashMap<>();
        shop.kpis().stream()
                .filter(kpi -> kpi.type().name().matches("(order|payment|customer):.*"))
                .forEach(kpi -> kpis.put(kpi.name(), kpi));
        assertEquals(
                List.of("revenue", "orders", "averageOrder", "buyers", "refunds", "addedToCart", "carts"),
                List.copyOf(kpis.keySet()));
        Kpi revenue = kpis.get("revenue");
        assertEquals(Kpi.Function.SUM, revenue.function());
        assertEquals("data.total", revenue.field().toString());
        assertEquals("order:created", revenue.type().name());
        assertEquals(Duration.ofSeconds(1), revenue.every());
        assertEquals(Set.of(Rollup.DAY, Rollup.WEEK, Rollup.MONTH), revenue.rollups());
        Set<Kpi.Window> periods = Set.of(Kpi.Window.TODAY, Kpi.Window.WEEK, Kpi.Window.MONTH);
        assertTrue(
                revenue.windows().contains(Kpi.Window.HOUR) && revenue.windows().containsAll(periods));
        for (String name : List.of("orders", "averageOrder", "buyers", "carts")) {
            assertEquals(periods, kpis.get(name).windows(), name);
        }
        assertEquals("UTC", revenue.zone().getId());
        assertSame(revenue, shop.kpiOf("kpi:revenue"));
        assertNull(shop.kpiOf("revenue"));
        assertNull(shop.namespaceOf("kpi:revenue"));
        assertEquals(Kpi.Function.AVERAGE, kpis.get("averageOrder").function());
        assertEquals(Kpi.Function.DISTINCT, kpis.get("buyers").function());
        assertEquals(Kpi.Function.COUNT, kpis.get("addedToCart").function());
        assertNull(kpis.get("addedToCart").field());
        assertEquals(Set.of(), kpis.get("addedToCart").rollups());
    }

    private static EventType type(String name) {
        EventType type = shop.type(name);
        assertNotNull(type, name);
        return type;
    }
}
