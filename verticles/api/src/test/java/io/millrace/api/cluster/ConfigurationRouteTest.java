package io.millrace.api.cluster;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.api.ApiFixture;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.cluster.NodeConfiguration;
import io.millrace.contracts.cluster.NodeConfiguration.Setting;
import io.millrace.contracts.cluster.NodeStatus;
import io.millrace.testkit.client.ApiResponse;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What operators are told of the settings of nodes. */
@Timeout(60)
class ConfigurationRouteTest {
    private static final String PACK =
            """
            domain: test
            namespaces: { orders: { stream: orders } }
            types: { "order:created": { namespace: orders } }
            roles:
              admin: { see: ["*"], manage: ["cluster"] }
              operator: { see: ["*"], manage: ["dead-letters", "connections", "revocations", "sinks"] }
            """;

    private static NodeStatus node(String name, @Nullable List<NodeStatus.Figure> figures) {
        return new NodeStatus(name, "0.1.0", 1, false, List.of(), List.of(), List.of(), List.of(), figures);
    }

    private static ApiResponse get(ApiFixture fixture, String role, String query) {
        return fixture.api("boss", role).get("/api/configuration" + query);
    }

    @Test
    void theNodeThatIsNamedIsAskedAndNoOther() throws Exception {
        try (ApiFixture fixture = new ApiFixture(PACK)) {
            for (String name : List.of("a/1", "b/1")) {
                fixture.serve(
                        Addresses.configuration(name),
                        query -> Future.succeededFuture(new NodeConfiguration(List.of(
                                new Setting(
                                        "http.port",
                                        name.equals("a/1") ? "1" : "2",
                                        "8",
                                        "conf:3",
                                        "whole number",
                                        "0 to 9"),
                                new Setting("auth.secret", null, "", "environment X", "secret", "")))));
                fixture.publish(Addresses.NODES, node(name, List.of()));
            }
            fixture.publish(Addresses.NODES, node("old/1", null));
            await().until(() -> get(fixture, "admin", "?node=old/1").body().contains("of a release"));

            assertEquals(
                    new JsonObject(
                            """
                            {"node":"b/1","settings":[
                             {"setting":"http.port","value":"2","default":"8","source":"conf:3","kind":"whole number","range":"0 to 9"},
                             {"setting":"auth.secret","source":"environment X","kind":"secret"}]}
                            """),
                    get(fixture, "admin", "?node=b/1").json());
            assertEquals("a/1", get(fixture, "admin", "").json().getString("node"));
            assertEquals(404, get(fixture, "admin", "?node=old/1").status());
            assertEquals(404, get(fixture, "admin", "?node=c/1").status());
            assertEquals(403, get(fixture, "operator", "").status());
            assertEquals(401, fixture.anonymous().get("/api/configuration").status());
        }
    }
}
