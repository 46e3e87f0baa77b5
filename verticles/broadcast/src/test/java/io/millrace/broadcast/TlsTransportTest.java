package io.millrace.broadcast;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportClient;
import io.millrace.testkit.client.TransportListener;
import io.millrace.testkit.network.TestAuthority;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every way to listen, over TLS. */
@Tag("slow")
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class TlsTransportTest {
    /** Bytes of remarks: of one record of TLS, of many, and of more than one frame. */
    private static final int[] SIZES = {10, 500, 20_000, 200_000, 10, 240_000, 240_000, 700_000, 10};

    @TempDir
    static Path folder;

    private static TestAuthority authority;
    private static BroadcastFixture front;

    @BeforeAll
    static void start() throws Exception {
        authority = new TestAuthority(folder);
        authority.issue("front");
        front = new BroadcastFixture(
                "http.tls.cert", "" + folder.resolve("front.crt"), "http.tls.key", "" + folder.resolve("front.key"));
    }

    @AfterAll
    static void end() {
        front.close();
    }

    static Stream<Arguments> ways() {
        return Arrays.stream(Transport.values())
                .flatMap(transport -> Stream.of(HttpVersion.HTTP_1_1, HttpVersion.HTTP_2)
                        .filter(version -> !transport.isSocket() || version == HttpVersion.HTTP_1_1)
                        .map(version -> Arguments.of(transport, version)));
    }

    /** Several listeners share their frames, and one of them sees the half: nobody's bytes get into another's. */
    @ParameterizedTest
    @MethodSource("ways")
    void eventsOfAllSizesComeWholeAndInOrder(Transport transport, HttpVersion version) {
        try (TransportClient client = TransportClient.overTls(version, authority);
                TransportListener one = listen(transport, client, "s-1", "staff");
                TransportListener two = listen(transport, client, "s-2", "staff");
                TransportListener anna = listen(transport, client, "anna", "customer")) {
            for (int size : SIZES) {
                front.store.commit("anna", size);
                front.store.commit("bert", size);
            }
            await().until(() -> one.eventCount() == 2 * SIZES.length
                    && two.eventCount() == 2 * SIZES.length
                    && anna.eventCount() == SIZES.length);
            assertEquals(datas(one), datas(two));
            List<JsonObject> all = datas(one);
            assertEquals(
                    IntStream.range(0, SIZES.length)
                            .mapToObj(i -> all.get(2 * i))
                            .toList(),
                    datas(anna));
            List<Integer> ids = one.ids().stream().map(Integer::valueOf).toList();
            for (int i = 1; i < ids.size(); i++) {
                assertEquals(ids.get(i - 1) + 1, ids.get(i));
            }
        }
    }

    private static List<JsonObject> datas(TransportListener listener) {
        return listener.events().stream()
                .map(event -> event.getJsonObject("data"))
                .toList();
    }

    private static TransportListener listen(Transport transport, TransportClient client, String user, String role) {
        TransportListener listener = transport.open(
                client, front.uri, front.token(user, role), new JsonObject().put("stream", StreamStore.STREAM));
        await().until(() -> listener.first("subscribed") != null);
        return listener;
    }
}
