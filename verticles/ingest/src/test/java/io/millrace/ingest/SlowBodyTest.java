package io.millrace.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.revocation.Revocation;
import io.millrace.contracts.revocation.RevocationPage;
import io.millrace.domain.DomainModel;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A token may end while the body of its request is sent. */
@Timeout(60)
class SlowBodyTest {
    private static final String EVENT = "{\"type\":\"note:written\",\"data\":{}}";
    private static final String PACK =
            """
            domain: test
            namespaces: { notes: { stream: notes } }
            types: { "note:written": { namespace: notes } }
            roles: { admin: { see: ["*"], publish: ["*"] } }
            """;

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "application/x-ndjson"})
    void anEventWhoseTokenIsRevokedBeforeTheBodyIsThereIsNotPublished(String type) throws Exception {
        try (IngestFixture fixture = new IngestFixture(DomainModel.parse("pack.yaml", PACK), Map.of())) {
            String answer = post(fixture, type, () -> revoke(fixture, "u-1"));
            assertTrue(answer.startsWith("HTTP/1.1 401") && answer.contains("token_revoked"), answer);
            assertEquals(List.of(), fixture.routed);
            assertEquals(1, fixture.refused("token_revoked"));
        }
    }

    @Test
    void anEventIsPublishedIfTheTokenOfAnotherIsRevoked() throws Exception {
        try (IngestFixture fixture = new IngestFixture(DomainModel.parse("pack.yaml", PACK), Map.of())) {
            String answer = post(fixture, "application/json", () -> revoke(fixture, "u-2"));
            assertTrue(answer.startsWith("HTTP/1.1 202"), answer);
            assertEquals(1, fixture.routed.size());
        }
    }

    private static void revoke(IngestFixture fixture, String user) {
        Revocation revocation = new Revocation(1, null, user, Revocation.ALWAYS, Revocation.NEVER, "op", 1);
        fixture.tokens.revocations().replace(new RevocationPage(1, List.of(revocation)));
    }

    private static String post(IngestFixture fixture, String type, Runnable meanwhile) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", fixture.port)) {
            socket.getOutputStream()
                    .write(("POST /api/events HTTP/1.1\r\nHost: a\r\nContent-Type: " + type
                                    + "\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: "
                                    + EVENT.length() + "\r\nAuthorization: Bearer " + fixture.token + "\r\n\r\n")
                            .getBytes(UTF_8));
            // The token is verified once the body is asked for.
            String expected = "HTTP/1.1 100 Continue\r\n\r\n";
            assertEquals(expected, new String(socket.getInputStream().readNBytes(expected.length()), UTF_8));
            meanwhile.run();
            socket.getOutputStream().write(EVENT.getBytes(UTF_8));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }
}
