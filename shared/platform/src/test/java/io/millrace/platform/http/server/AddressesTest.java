package io.millrace.platform.http.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.platform.HttpFixture;
import io.millrace.platform.RawRequests;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.net.NetServer;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose requests are accepted by their address, and whose word about an address is believed. */
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class AddressesTest {
    private static final Vertx VERTX = Vertx.vertx();
    private static final SimpleMeterRegistry METRICS = new SimpleMeterRegistry();
    private static final String NETWORKS = "10.0.0.0/8, 2001:db8::/32, ::ffff:192.0.2.0/120";
    /** Behind a proxy that forwards addresses in headers. */
    private static int forwarded;
    /** Behind a proxy that forwards addresses in the header of the PROXY protocol. */
    private static int proxied;
    /** Not behind a proxy that is named. */
    private static int open;

    @BeforeAll
    static void start() throws Exception {
        forwarded = HttpFixture.front(VERTX, METRICS, "http.proxies", "127.0.0.1", "http.deny", NETWORKS);
        proxied = HttpFixture.front(
                VERTX,
                METRICS,
                "http.proxy.protocol",
                "127.0.0.0/8",
                "http.deny",
                NETWORKS,
                "http.read.timeout",
                "500ms");
        open = HttpFixture.front(
                VERTX, METRICS, "http.proxy.protocol", "10.9.8.7", "http.allow", "::ffff:127.0.0.1, 10.0.0.0/8");
    }

    @AfterAll
    static void stop() throws Exception {
        HttpFixture.done(VERTX.close());
    }

    @ParameterizedTest
    @CsvSource({
        "10.1.2.3, 403",
        "::ffff:10.1.2.3, 403",
        "0:0:0:0:0:ffff:0a01:0203, 403",
        "192.0.2.77, 403",
        "2001:db8:7::1, 403",
        "[2001:db8:7::1]:4711, 403",
        "11.1.2.3, 200",
        "192.0.3.1, 200",
        "2001:db9::1, 200",
        // What a client said itself comes first.
        "'10.1.2.3, 11.1.2.3', 200",
        "'11.1.2.3, 10.1.2.3', 403",
        // The proxy's own address is left.
        "unknown, 200",
    })
    void aDeniedAddressIsRefusedInEveryFormAndOnEveryPath(String address, int status) throws Exception {
        for (String request : List.of("GET /thing", "GET /nothing", "OPTIONS /thing", "GET /endless", "OPTIONS *")) {
            double before = refused("address");
            try (RawRequests raw = new RawRequests(forwarded)) {
                String answer = raw.send(request + " HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: " + address + "\r\n\r\n")
                        .answer();
                assertEquals(status == 403, answer.startsWith("HTTP/1.1 403 "), answer);
                assertEquals(before + (status == 403 ? 1 : 0), refused("address"));
                if (status == 403) {
                    assertEquals(
                            "permission_denied", HttpFixture.problem(answer).getString("code"));
                    // The connection is the proxy's, who has other clients.
                    assertTrue(raw.send(HttpFixture.GOOD).answer().contains("200 OK"));
                }
            }
        }
    }

    @Test
    void onlyAllowedAddressesAreAcceptedAndTheOthersCanNotSayWhoTheyAre() throws Exception {
        int strict = HttpFixture.front(VERTX, METRICS, "http.allow", "10.0.0.0/8");
        try (RawRequests raw = new RawRequests(strict)) {
            assertTrue(raw.send("GET /thing HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n")
                    .answer()
                    .startsWith("HTTP/1.1 403 "));
        }
        try (RawRequests raw = new RawRequests(open)) {
            assertTrue(raw.send(HttpFixture.GOOD).answer().contains("200 OK"));
        }
    }

    @Test
    void anAddressBothAllowedAndDeniedIsDenied() throws Exception {
        int both = HttpFixture.front(VERTX, METRICS, "http.allow", "127.0.0.0/8", "http.deny", "::ffff:127.0.0.1");
        HttpClient client = HttpFixture.http2(VERTX, both);
        assertTrue(HttpFixture.body(client, HttpMethod.GET, "/thing", 403).contains("permission_denied"));
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1, TCP4, 403", "11.0.0.1, TCP4, 200", "2001:db8::1, TCP6, 403", "2001:db9::1, TCP6, 200"})
    void theAddressInAHeaderOfANamedProxyIsTheClients(String client, String family, int status) throws Exception {
        String to = family.equals("TCP4") ? "127.0.0.1" : "::1";
        String first = "PROXY " + family + " " + client + " " + to + " 4711 8080\r\n";
        for (String header : List.of(first, second(0x21, family.equals("TCP4") ? 0x11 : 0x21, client, to))) {
            try (RawRequests raw = new RawRequests(proxied)) {
                String answer = raw.send(header + HttpFixture.GOOD).answer();
                assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
            }
            try (RawRequests raw = new RawRequests(proxied)) {
                for (char each : (header + HttpFixture.GOOD).toCharArray()) {
                    raw.send("" + each);
                }
                assertTrue(raw.answer().startsWith("HTTP/1.1 " + status + " "));
            }
        }
    }

    @Test
    void aProxysOwnConnectionHasTheProxysAddress() throws Exception {
        for (String header : List.of("PROXY UNKNOWN\r\n", second(0x20, 0x00, "10.0.0.1", "127.0.0.1"))) {
            try (RawRequests raw = new RawRequests(proxied)) {
                assertTrue(raw.send(header + HttpFixture.GOOD).answer().contains("200 OK"));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                HttpFixture.GOOD,
                "PROXY TCP4 300.0.0.1 127.0.0.1 1 2\r\n" + HttpFixture.GOOD,
                "PROXY TCP4 11.0.0.1 127.0.0.1 1\r\n" + HttpFixture.GOOD,
                "PROXY TCP4 11.0.0.1 127.0.0.1 1 99999\r\n" + HttpFixture.GOOD,
                "PROXY TCP6 11.0.0.1 127.0.0.1 1 2\r\n" + HttpFixture.GOOD,
                "PROXY TCP4 11.0.0.1 127.0.0.1 1 2" + HttpFixture.GOOD,
                "proxy TCP4 11.0.0.1 127.0.0.1 1 2\r\n" + HttpFixture.GOOD,
            })
    void aNamedProxyWithoutAReadableHeaderIsCutAndCounted(String sent) throws Exception {
        double before = refused("proxy_header");
        try (RawRequests raw = new RawRequests(proxied)) {
            raw.send(sent);
            assertTrue(raw.closed());
            await().until(() -> refused("proxy_header") > before);
            assertEquals(before + 1, refused("proxy_header"));
        }
    }

    @Test
    void aNamedProxyThatIsSilentIsCutInTime() throws Exception {
        for (String part : List.of("", "PROXY TCP4 11.0.0.1", "\r\n\r\n\0\r\nQUIT\n")) {
            double before = refused("slow_header");
            try (RawRequests raw = new RawRequests(proxied)) {
                raw.send(part);
                assertTrue(raw.closed());
                assertEquals(before + 1, refused("slow_header"));
            }
        }
    }

    @Test
    void aHeaderOfAnyOtherPeerIsNotBelieved() throws Exception {
        for (String header :
                List.of("PROXY TCP4 10.0.0.1 127.0.0.1 1 2\r\n", second(0x21, 0x11, "10.0.0.1", "127.0.0.1"))) {
            try (RawRequests raw = new RawRequests(open)) {
                String answer = raw.send(header + HttpFixture.GOOD).answer();
                assertTrue(answer.isEmpty() || answer.contains(" 400 Bad Request"), answer);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1, 403", "11.0.0.1, 200"})
    void theClientOfAConnectionOfHttp2IsKnownToo(String client, int status) throws Exception {
        NetServer proxy = VERTX.createNetServer().connectHandler(from -> {
            from.pause();
            VERTX.createNetClient()
                    .connect(proxied, "127.0.0.1")
                    .onSuccess(to -> {
                        to.write("PROXY TCP4 " + client + " 127.0.0.1 1 2\r\n").onFailure(gone -> {});
                        from.pipeTo(to).onFailure(gone -> {});
                        to.pipeTo(from).onFailure(gone -> {});
                    })
                    .onFailure(gone -> {});
        });
        int port = HttpFixture.done(proxy.listen(0, "127.0.0.1")).actualPort();
        String body = HttpFixture.body(HttpFixture.http2(VERTX, port), HttpMethod.GET, "/thing", status);
        assertEquals(status == 403, body.contains("permission_denied"), body);
    }

    /** A header of version 2. */
    private static String second(int command, int family, String from, String to) throws Exception {
        byte[] source = InetAddress.getByName(from).getAddress();
        byte[] target = InetAddress.getByName(to).getAddress();
        ByteBuffer addresses = ByteBuffer.allocate(source.length + target.length + 4);
        addresses.put(source).put(target).putShort((short) 4711).putShort((short) 8080);
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        header.write("\r\n\r\n\0\r\nQUIT\n".getBytes(StandardCharsets.ISO_8859_1));
        header.write(command);
        header.write(family);
        header.write(0);
        header.write(addresses.capacity());
        header.write(addresses.array());
        return header.toString(StandardCharsets.ISO_8859_1);
    }

    private static double refused(String reason) {
        return METRICS.get("millrace.http.refused.connections")
                .tag("reason", reason)
                .counter()
                .count();
    }
}
