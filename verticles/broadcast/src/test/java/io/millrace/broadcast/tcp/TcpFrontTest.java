package io.millrace.broadcast.tcp;

import static io.millrace.broadcast.RawTcpBridge.frame;
import static io.millrace.broadcast.tcp.TcpLimitsTest.refused;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.millrace.broadcast.BroadcastFixture;
import io.millrace.broadcast.RawTcpBridge;
import io.millrace.testkit.network.TestAuthority;
import java.io.IOException;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** TLS and the PROXY protocol before the TCP bridge, by the settings of the HTTP front. */
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class TcpFrontTest {
    private static final byte[] PING = frame("{\"type\":\"ping\"}");
    /** Version 2 of the header, of TCP over IPv4 from 203.0.113.7. */
    private static final byte[] SECOND_VERSION = {
        13,
        10,
        13,
        10,
        0,
        13,
        10,
        81,
        85,
        73,
        84,
        10,
        0x21,
        0x11,
        0,
        12,
        (byte) 203,
        0,
        113,
        7,
        127,
        0,
        0,
        1,
        4,
        0,
        27,
        88
    };

    @TempDir
    Path folder;

    @Test
    void aNewCertificateIsShownWithoutARestartAndOpenConnectionsGoOn() throws Exception {
        TestAuthority authority = new TestAuthority(folder);
        authority.issue("front");
        try (BroadcastFixture front = overTls();
                SSLSocket before = connect(authority, front.tcpPort)) {
            before.getOutputStream().write(PING);
            assertEquals(19, before.getInputStream().readNBytes(19).length);
            String shown = serial(before);
            authority.issue("front");
            await().until(() -> {
                try (SSLSocket next = connect(authority, front.tcpPort)) {
                    return !serial(next).equals(shown);
                }
            });
            before.getOutputStream().write(PING);
            assertEquals(19, before.getInputStream().readNBytes(19).length);
        }
    }

    @Test
    void whoSpeaksNoTlsOrNothingIsCutAndCounted() throws Exception {
        TestAuthority authority = new TestAuthority(folder);
        authority.issue("front");
        try (BroadcastFixture front = overTls();
                RawTcpBridge plain = new RawTcpBridge(front.tcpPort, PING);
                RawTcpBridge silent = new RawTcpBridge(front.tcpPort)) {
            assertEnds(plain);
            await().until(() -> refused(front, "bad_handshake") == 1);
            assertEnds(silent);
            await().until(() -> refused(front, "slow_handshake") == 1);
            assertEquals(0, front.gauge("millrace.broadcast.connections"));
            try (SSLSocket client = connect(authority, front.tcpPort)) {
                client.getOutputStream().write(PING);
                assertEquals(19, client.getInputStream().readNBytes(19).length);
            }
        }
    }

    /** What comes is an alert of TLS, or nothing. */
    private static void assertEnds(RawTcpBridge client) {
        try {
            assertNotEquals(1, client.closeCode());
        } catch (IOException | RuntimeException noMessage) {
            assertNotEquals(null, noMessage);
        }
    }

    private BroadcastFixture overTls() throws Exception {
        return new BroadcastFixture(
                "http.read.timeout",
                "500ms",
                "http.tls.cert",
                "" + folder.resolve("front.crt"),
                "http.tls.key",
                "" + folder.resolve("front.key"));
    }

    private static SSLSocket connect(TestAuthority authority, int port) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {authority.trust()}, null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port);
        socket.setSoTimeout(20_000);
        socket.startHandshake();
        return socket;
    }

    private static String serial(SSLSocket socket) throws IOException {
        return ((java.security.cert.X509Certificate) socket.getSession().getPeerCertificates()[0])
                .getSerialNumber()
                .toString();
    }

    @Test
    void theHeaderOfAProxyNamesTheClientThatIsCounted() throws Exception {
        try (BroadcastFixture front =
                        new BroadcastFixture("http.proxy.protocol", "127.0.0.1", "connections.address", "1");
                RawTcpBridge one = new RawTcpBridge(front.tcpPort, proxied("198.51.100.1"), PING);
                RawTcpBridge two = new RawTcpBridge(front.tcpPort, SECOND_VERSION, PING)) {
            one.next("pong");
            two.next("pong");
            for (byte[] header : new byte[][] {proxied("198.51.100.1"), SECOND_VERSION}) {
                try (RawTcpBridge again = new RawTcpBridge(front.tcpPort, header, PING)) {
                    assertEquals(4429, again.closeCode());
                }
            }
            // In parts, and before anything else is read.
            try (RawTcpBridge slow = new RawTcpBridge(front.tcpPort)) {
                for (byte each : proxied("198.51.100.2")) {
                    slow.send(new byte[] {each});
                }
                slow.send(PING).next("pong");
            }
        }
    }

    @Test
    void aProxyWithoutItsHeaderIsCutAndAnotherPeersHeaderIsNoMessage() throws Exception {
        try (BroadcastFixture front =
                        new BroadcastFixture("http.proxy.protocol", "127.0.0.1", "http.read.timeout", "300ms");
                RawTcpBridge wrong = new RawTcpBridge(front.tcpPort, PING, PING);
                RawTcpBridge silent = new RawTcpBridge(front.tcpPort)) {
            assertEquals(0, wrong.closeCode());
            assertEquals(0, silent.closeCode());
            await().until(() -> refused(front, "proxy_header") == 2);
        }
        try (BroadcastFixture front = new BroadcastFixture("http.proxy.protocol", "192.0.2.0/24");
                RawTcpBridge liar = new RawTcpBridge(front.tcpPort, proxied("198.51.100.1"), PING)) {
            assertEquals(1009, liar.closeCode());
        }
    }

    @Test
    void aDeniedClientBehindAProxyIsRefused() throws Exception {
        try (BroadcastFixture front =
                        new BroadcastFixture("http.proxy.protocol", "127.0.0.1", "http.deny", "198.51.100.0/24");
                RawTcpBridge denied = new RawTcpBridge(front.tcpPort, proxied("198.51.100.1"), PING);
                RawTcpBridge other = new RawTcpBridge(front.tcpPort, proxied("203.0.113.1"), PING)) {
            assertEquals(1008, denied.closeCode());
            assertEquals(1, refused(front, "address"));
            other.next("pong");
        }
    }

    private static byte[] proxied(String client) {
        return ("PROXY TCP4 " + client + " 127.0.0.1 1024 7000\r\n").getBytes(US_ASCII);
    }
}
