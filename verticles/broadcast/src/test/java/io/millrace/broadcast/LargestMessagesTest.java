package io.millrace.broadcast;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.contracts.bus.Addresses;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.Transport;
import io.vertx.core.Future;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a client sends has at most a mebibyte: that much is taken in every way, and a byte more is refused. {@code
 * TcpBridgeTest} tries the TCP bridge, and the ingest stage its own bodies.
 */
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class LargestMessagesTest {
    private static final int MEBIBYTE = 1 << 20;
    private static BroadcastFixture front;

    @BeforeAll
    static void start() throws Exception {
        front = new BroadcastFixture();
        BroadcastFixture.done(front.bus.serve(
                Addresses.PUBLISH, publication -> Future.succeededFuture(BroadcastFixture.queued("e-1"))));
    }

    @AfterAll
    static void end() {
        front.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    /api/ws                      | {"type":"publish","id":"r","event":{"x":"                        | "}}
                    /eventbus/websocket          | {"type":"send","address":"millrace.ingest","replyAddress":"r","body":{"x":" | "}}
                    """)
    void aSocketTakesAMebibyteAndEndsWith1009AtAByteMore(String path, String start, String end) throws Exception {
        IntFunction<byte[]> message = bytes -> RawWebSocket.text(filled(start, end, bytes));
        try (RawWebSocket socket = new RawWebSocket(front.uri, path, "")) {
            socket.send(message.apply(MEBIBYTE));
            socket.next(answer -> answer.encode().contains("queued"));
            socket.send(message.apply(MEBIBYTE + 1));
            assertEquals(1009, socket.closeCode());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    /api/sse  | {"subscribe":"   | "}
                    /api/poll | {"wait":0,"stream":" | "}
                    """)
    void aBodyOfAMebibyteIsReadAndOneOfAByteMoreIsNot(String path, String start, String end) {
        ApiClient client = new ApiClient(front.uri.resolve("/"), front.token("s-1", "staff"));
        // Read, and found to be no subscription.
        int status = client.ask("POST", path, filled(start, end, MEBIBYTE)).status();
        assertEquals(true, status == 400 || status == 403, path + " " + status);
        assertEquals(
                413, client.ask("POST", path, filled(start, end, MEBIBYTE + 1)).status());
    }

    @Test
    void aMessageOfSockJsOverHttpIsTakenAndOneOfAByteMoreEndsItsSession() {
        String session = Transport.session();
        ApiClient client = new ApiClient(front.uri.resolve("/"), null);
        assertEquals("o\n", client.ask("POST", session + "/xhr", "").body());
        String start = "[\"{\\\"type\\\":\\\"send\\\",\\\"address\\\":\\\"millrace.ingest\\\","
                + "\\\"replyAddress\\\":\\\"r\\\",\\\"body\\\":{\\\"x\\\":\\\"";
        String end = "\\\"}}\"]";
        assertEquals(
                204,
                client.ask("POST", session + "/xhr_send", filled(start, end, MEBIBYTE))
                        .status());
        await().until(() -> client.ask("POST", session + "/xhr", "").body().contains("queued"));
        assertEquals(
                413,
                client.ask("POST", session + "/xhr_send", filled(start, end, MEBIBYTE + 1))
                        .status());
        await().until(() -> client.ask("POST", session + "/xhr", "").body().contains("c[1009,"));
    }

    private static String filled(String start, String end, int bytes) {
        return start + "x".repeat(bytes - start.length() - end.length()) + end;
    }
}
