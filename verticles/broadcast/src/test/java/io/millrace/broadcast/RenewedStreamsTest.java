package io.millrace.broadcast;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.millrace.testkit.client.SocketClient;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the server subscribed a client to, and where the client is present, follow the streams of its present token. */
@Timeout(60)
final class RenewedStreamsTest extends RenewedConnection {
    RenewedStreamsTest() throws Exception {}

    @Test
    void theStreamsOfTheNewTokenAreFollowedAndThoseOfTheOldOneEnd() throws Exception {
        play(1, 2);
        await().until(() -> followed().equals(List.of("game:1", "game:2")));
        renewGames(2, 3);
        await().until(() -> followed().equals(List.of("game:1", "game:2", "game:3")));
        // The second one, which both tokens open, has gone on.
        assertEquals(List.of("game:1 permission_denied"), ended());
        renewGames(3);
        await().until(() -> ended().equals(List.of("game:1 permission_denied", "game:2 permission_denied")));
        renewGames(1, 3);
        await().until(() -> followed().equals(List.of("game:1", "game:2", "game:3", "game:1")));
        assertFalse(socket().isClosed());
    }

    @Test
    void aStreamThatWasUnsubscribedComesBackWithTheRenewalThatOpensItAgain() throws Exception {
        play(1);
        await().until(() -> followed().equals(List.of("game:1")));
        send(new JsonObject().put("type", "unsubscribe").put("stream", "game:1"));
        await().until(() -> all("unsubscribed").size() == 1);
        renewGames(1);
        await().until(() -> followed().equals(List.of("game:1", "game:1")));
    }

    @Test
    void whoLosesAStreamIsSoonNotPresentThereAnyMoreAndStaysWhereTheTokenStillOpens() throws Exception {
        play(1, 2);
        try (SocketClient bert = SocketClient.open(front.uri, front.token("bert", games(1, 2, 3), "player"))) {
            await().until(() -> present(bert, 1) && present(bert, 2));
            renewGames(2, 3);
            await().until(() -> !present(bert, 1) && present(bert, 3));
            assertEquals(true, present(bert, 2));
            renew("anna", "public");
            await().until(() -> !present(bert, 2) && !present(bert, 3));
            assertFalse(socket().isClosed());
        }
    }

    @Test
    void nobodyReadsThePresenceOfAStreamThatTheNewTokenDoesNotOpen() throws Exception {
        play(1);
        send(new JsonObject().put("type", "presence").put("stream", "game:1"));
        await().until(() -> all("presence").size() == 1);
        renewGames(2);
        send(new JsonObject().put("type", "presence").put("stream", "game:1").put("id", 8));
        await().until(() -> all("error").stream()
                .anyMatch(error -> Integer.valueOf(8).equals(error.getValue("id"))
                        && "permission_denied".equals(error.getString("code"))));
        assertEquals(1, all("presence").size());
    }

    private void play(int... games) throws Exception {
        connect("anna", games(games), "player");
    }

    private void renewGames(int... games) throws Exception {
        int before = all("welcome").size();
        send(new JsonObject().put("type", "auth").put("token", front.token("anna", games(games), "player")));
        await().until(() -> all("welcome").size() == before + 1);
    }

    private static JsonObject games(int... games) {
        return new JsonObject()
                .put(
                        "games",
                        java.util.Arrays.stream(games)
                                .mapToObj(Integer::toString)
                                .toList());
    }

    /** Without the client's doing, in their order. */
    private List<String> followed() {
        return all("subscribed").stream()
                .filter(answer -> answer.getBoolean("auto", false))
                .map(answer -> answer.getString("stream"))
                .toList();
    }

    private List<String> ended() {
        return all("error").stream()
                .map(error -> error.getString("stream") + " " + error.getString("code"))
                .toList();
    }

    /** Whether anna is present, as another one sees it. */
    private static boolean present(SocketClient client, int game) {
        int id = client.others().size() + 1_000;
        client.send(new JsonObject()
                .put("type", "presence")
                .put("stream", "game:" + game)
                .put("id", id)
                .encode());
        await().until(() -> client.last("presence") != null
                && Integer.valueOf(id)
                        .equals(Objects.requireNonNull(client.last("presence")).getValue("id")));
        return Objects.requireNonNull(client.last("presence"))
                .getJsonArray("users")
                .encode()
                .contains("anna");
    }
}
