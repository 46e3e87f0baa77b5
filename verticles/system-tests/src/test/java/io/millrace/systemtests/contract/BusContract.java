package io.millrace.systemtests.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.bus.Address;
import io.millrace.contracts.bus.Addresses;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** {@code millrace.ingest} on the event bus: what a microservice without a library of ours is told. */
interface BusContract {
    Pipeline pipeline();

    @Test
    default void aPlainVertxProgramSendsToAnAddressAndIsAnsweredAsOverHttp() {
        ApiClient staff = pipeline().api("billing", "staff");
        String token = pipeline().signer().token("billing", "staff");
        try (BusProgram program = BusProgram.join(pipeline())) {
            JsonObject order = Shop.order();
            JsonObject reply = (JsonObject) program.ask(token, order);
            assertEquals(order.getString("id"), reply.getString("id"));
            assertEquals("committed", reply.getString("status"));
            assertEquals(Shop.ORDERS, reply.getString("stream"));
            assertEquals(staff.head(Shop.ORDERS), reply.getString("position"));

            JsonArray replies = (JsonArray) program.ask(token, new JsonArray(List.of(order, Shop.stock())));
            assertEquals("duplicate", replies.getJsonObject(0).getString("status"));
            assertEquals("queued", replies.getJsonObject(1).getString("status"));

            JsonObject other = order.copy().put("data", Shop.orderData(Shop.unique("o"), "c-2"));
            assertFailure(409, "id_conflict: ", program.failure(token, other));
            assertEquals(reply.getString("position"), staff.head(Shop.ORDERS));

            JsonObject invalid = Shop.order();
            invalid.getJsonObject("data").remove("total");
            assertFailure(422, "invalid_event: ", program.failure(token, invalid));
            assertFailure(401, "unauthenticated: ", program.failure(null, Shop.order()));
            String customer = pipeline().signer().token("c-1", "customer");
            assertFailure(403, "permission_denied: ", program.failure(customer, Shop.order()));
        }
    }

    /** With unequal numbers of consumers Vert.x gives a node one share less than it has consumers: two and one are one and none. */
    @Test
    default void eachNodeServesAnAddressOnce() throws IllegalAccessException {
        List<String> addresses = new ArrayList<>(List.of(Addresses.INGEST));
        for (Field field : Addresses.class.getDeclaredFields()) {
            if (Modifier.isPublic(field.getModifiers())
                    && field.get(null) instanceof Address<?, ?> address
                    && address.reply() != Void.class) {
                addresses.add(address.name());
            }
        }
        assertTrue(addresses.size() > 15, addresses::toString);
        try (BusProgram program = BusProgram.join(pipeline())) {
            for (String address : addresses) {
                List<String> nodes = program.listeners(address);
                assertFalse(nodes.isEmpty(), () -> "nobody serves " + address);
                assertEquals(Set.copyOf(nodes).size(), nodes.size(), () -> address + " is served by " + nodes);
            }
        }
    }

    private static void assertFailure(int status, String beginning, ReplyException failure) {
        assertEquals(status, failure.failureCode(), failure::getMessage);
        assertTrue(failure.getMessage().startsWith(beginning), failure::getMessage);
    }
}
