package io.millrace.systemtests.event;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.systemtests.contract.BusProgram;
import io.millrace.systemtests.environment.OwnServers;
import io.millrace.systemtests.environment.Repository;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** A pack whose events a microservice looks at before they are taken: plain Vert.x, joined to the cluster. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("HandlerTest")
@Order(60)
final class HandlerTest {
    private static final String CLAIMS =
            """
            domain: insurance
            namespaces: { claims: { stream: claims } }
            types:
              "claim:made":
                namespace: claims
                priority: high
                entity: { kind: claim, id: data.claimId, apply: put }
                handler: service.claims.check
                schema: { type: object, required: [claimId, amount] }
            roles: { clerk: { see: ["*"], publish: ["*"] } }
            """;

    @Test
    void itChangesAddsToOrRejectsThemAndWhereItIsGoneTheyAreRefused() throws IOException {
        Path conf = Repository.OUTPUTS.resolve("handler-conf");
        Repository.delete(conf);
        Files.createDirectories(conf.resolve("domains"));
        Files.copy(Repository.CONF.resolve("cluster.xml"), conf.resolve("cluster.xml"));
        Files.writeString(conf.resolve("domains/insurance.yaml"), CLAIMS);
        try (OwnServers servers = new OwnServers("handler");
                Pipeline pipeline = new Pipeline(
                        Pipeline.Layout.ONE_PROCESS, conf, Repository.OUTPUTS, servers.running(), new Ports())) {
            ApiClient clerk = pipeline.api("ann", "clerk");
            try (BusProgram service = BusProgram.join(pipeline)) {
                service.serve("service.claims.check", HandlerTest::check);

                // A node hears of another program's address some time after that has it; until then it asks for
                // patience.
                await().until(() -> clerk.post(claim("c-1", 80)).status() == 201);
                JsonObject state = clerk.get("api/entities/claim/c-1").json().getJsonObject("state");
                assertEquals("ann", state.getString("checkedFor"));
                assertEquals(80, state.getInteger("amount"));

                ApiResponse refused = clerk.post(claim("c-2", 5_000));
                assertEquals(422, refused.status());
                assertEquals("rejected", refused.json().getString("code"));
                assertEquals("5000 is more than we insure", refused.json().getString("detail"));
                assertEquals(404, clerk.get("api/entities/claim/c-2").status());
            }
            ApiResponse alone = clerk.post(claim("c-3", 80));
            assertEquals(503, alone.status());
            assertEquals("1", alone.header("Retry-After"));
        }
    }

    private static JsonObject claim(String id, int amount) {
        return new JsonObject()
                .put("type", "claim:made")
                .put("data", new JsonObject().put("claimId", id).put("amount", amount));
    }

    private static void check(Message<JsonObject> event) {
        int amount = event.body().getJsonObject("data").getInteger("amount");
        if (amount > 1_000) {
            event.fail(1, amount + " is more than we insure");
        } else {
            event.reply(new JsonObject()
                    .put("data", new JsonObject().put("checkedFor", event.body().getString("publisher"))));
        }
    }
}
