package io.millrace.api.deadletter;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.api.ApiFixture;
import io.millrace.api.MalformedRequestsTest;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.deadletter.DeadLetterCommand;
import io.millrace.contracts.deadletter.DeadLetterCommandResult;
import io.millrace.contracts.deadletter.DeadLetterPage;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who tries to decide about dead letters and may not is written down; who reads them, or isn't known, isn't. */
@Timeout(60)
class DeniedCommandsTest {
    @Test
    void everyDeniedActIsWrittenDownAndNotMoreThanSoManyAMinute() throws Exception {
        List<DeadLetterCommand> acts = new CopyOnWriteArrayList<>();
        try (ApiFixture fixture = new ApiFixture(MalformedRequestsTest.PACK)) {
            fixture.serve(Addresses.DEAD_LETTER_COMMANDS, act -> {
                acts.add(act);
                return Future.succeededFuture(new DeadLetterCommandResult(1, 1));
            });
            fixture.serve(
                    Addresses.DEAD_LETTERS,
                    query -> Future.succeededFuture(new DeadLetterPage(List.of(), List.of(), 0, 0)));
            JsonObject ids = new JsonObject().put("ids", List.of(1));
            List<String> expected = new ArrayList<>();
            for (String act : List.of("POST /redrive", "POST /discard", "PATCH /7")) {
                String method = act.split(" ")[0];
                String path = "/api/dead-letters" + act.split(" ")[1];
                assertEquals(
                        403,
                        fixture.api("eve", "customer").ask(method, path, ids).status());
                assertEquals(401, fixture.anonymous().ask(method, path, ids).status());
                expected.add("DENIED eve {\"tried\":\"" + method + " " + path + "\"}");
            }
            assertEquals(
                    403, fixture.api("eve", "customer").get("/api/dead-letters").status());
            assertEquals(
                    200,
                    fixture.api("boss", "admin")
                            .ask("POST", "/api/dead-letters/redrive", ids)
                            .status());
            expected.add("REDRIVE boss null");
            await().until(() -> acts.size() >= expected.size());
            assertEquals(expected, acts.stream().map(DeniedCommandsTest::shown).toList());
            for (int i = 0; i < DeniedCommands.MOST_A_MINUTE; i++) {
                assertEquals(
                        403,
                        fixture.api("eve", "customer")
                                .ask("POST", "/api/dead-letters/redrive", ids)
                                .status());
            }
            assertEquals(
                    403,
                    fixture.api("mallory", "customer")
                            .ask("POST", "/api/dead-letters/redrive", ids)
                            .status());
            // In the order in which they are sent.
            fixture.api("boss", "admin").ask("POST", "/api/dead-letters/discard", ids);
            await().until(() -> shown(acts.get(acts.size() - 1)).equals("DISCARD boss null"));
            assertEquals(DeniedCommands.MOST_A_MINUTE, denied(acts, "eve"));
            assertEquals(1, denied(acts, "mallory"));
        }
    }

    private static long denied(List<DeadLetterCommand> acts, String user) {
        return acts.stream()
                .filter(act ->
                        act.kind() == DeadLetterCommand.Kind.DENIED && act.by().equals(user))
                .count();
    }

    private static String shown(DeadLetterCommand act) {
        byte[] change = act.change();
        return act.kind() + " " + act.by() + " "
                + (change == null ? null : new String(Objects.requireNonNull(change), StandardCharsets.UTF_8));
    }
}
