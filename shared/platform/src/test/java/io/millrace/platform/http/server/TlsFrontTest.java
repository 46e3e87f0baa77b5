package io.millrace.platform.http.server;

import static io.millrace.platform.HttpFixture.done;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.platform.HttpFixture;
import io.millrace.platform.tls.Pki;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The front with a certificate: everything that holds without one, and the handshake. */
@Tag("slow")
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("TlsFrontTest")
@SuppressWarnings("NullAway.Init")
class TlsFrontTest {
    private static final Vertx VERTX = Vertx.vertx();
    private static final SimpleMeterRegistry METRICS = new SimpleMeterRegistry();

    @TempDir
    static Path folder;

    private static Pki pki;
    private static int port;
    private static SSLContext trusting;

    @BeforeAll
    static void start() throws Exception {
        pki = new Pki(folder);
        pki.issue("front");
        port = front(METRICS);
        trusting = SSLContext.getInstance("TLS");
        trusting.init(null, new TrustManager[] {pki.authority.toTrustManager()}, null);
    }

    @AfterAll
    static void stop() throws Exception {
        done(VERTX.close());
    }

    private static int front(SimpleMeterRegistry metrics, String... more) throws Exception {
        List<String> settings = new ArrayList<>(List.of(more));
        pki.settings("http.tls", "front").forEach((name, value) -> settings.addAll(List.of(name, value)));
        return HttpFixture.front(VERTX, metrics, settings.toArray(String[]::new));
    }

    private static HttpClient client(HttpVersion version) {
        return VERTX.createHttpClient(new HttpClientOptions()
                .setSsl(true)
                .setUseAlpn(true)
                .setProtocolVersion(version)
                .setTrustOptions(io.vertx.core.net.TrustOptions.wrap(pki.authority.toTrustManager()))
                .setDefaultHost("localhost")
                .setDefaultPort(port));
    }

    private static SSLSocket connect(int to, String... protocols) throws IOException {
        SSLSocket socket = (SSLSocket) trusting.getSocketFactory().createSocket("localhost", to);
        socket.setSoTimeout(15_000);
        if (protocols.length > 0) {
            socket.setEnabledProtocols(protocols);
        }
        return socket;
    }

    private static String answer(Socket socket, String request) throws IOException {
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
        InputStream in = socket.getInputStream();
        StringBuilder all = new StringBuilder();
        try {
            for (int octet = in.read(); octet >= 0; octet = in.read()) {
                all.append((char) octet);
            }
        } catch (SSLException cut) {
            // Closed without the farewell of TLS.
        }
        return all.toString();
    }

    private static double refused(SimpleMeterRegistry metrics, String reason) {
        return metrics.get("millrace.http.refused.connections")
                .tag("reason", reason)
                .counter()
                .count();
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void bothVersionsOfHttpAreAgreedUponAndAskForNothingButTlsFromThenOn(HttpVersion version) throws Exception {
        HttpClient client = client(version);
        String body = done(client.request(HttpMethod.GET, "/thing?q=1")
                .compose(request -> request.send().compose(response -> {
                    assertEquals(version, response.version());
                    assertEquals("max-age=15552000", response.getHeader("Strict-Transport-Security"));
                    return response.body();
                }))
                .map(Buffer::toString));
        assertEquals("got 1", body);
        done(client.close());
    }

    @Test
    void aHeaderOfTheProxyProtocolComesBeforeTheHandshake() throws Exception {
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        int proxied = front(metrics, "http.proxy.protocol", "127.0.0.0/8", "http.deny", "10.0.0.0/8");
        for (String client : List.of("10.0.0.1", "11.0.0.1")) {
            Socket plain = new Socket("127.0.0.1", proxied);
            plain.setSoTimeout(15_000);
            plain.getOutputStream()
                    .write(("PROXY TCP4 " + client + " 127.0.0.1 1 2\r\n").getBytes(StandardCharsets.US_ASCII));
            try (Socket socket = trusting.getSocketFactory().createSocket(plain, "localhost", proxied, true)) {
                String answer = answer(socket, "GET /thing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
                assertTrue(answer.startsWith("HTTP/1.1 " + (client.startsWith("10.") ? 403 : 200)), answer);
            }
        }
        try (Socket plain = new Socket("127.0.0.1", proxied);
                SSLSocket socket =
                        (SSLSocket) trusting.getSocketFactory().createSocket(plain, "localhost", proxied, true)) {
            plain.setSoTimeout(15_000);
            assertThrows(IOException.class, socket::startHandshake);
        }
        await().until(() -> refused(metrics, "proxy_header") == 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void thisVersionOfTlsIsSpoken(String version) throws Exception {
        try (SSLSocket socket = connect(port, version)) {
            socket.startHandshake();
            assertEquals(version, socket.getSession().getProtocol());
        }
    }

    @Test
    void whatTheDecoderForgivesIsRefusedAsEver() throws Exception {
        for (String bad : List.of(
                "GET /thing HTTP/1.1\r\nHost: front\r\nA: b\r\n c\r\nConnection: close\r\n\r\n",
                "POST /things/1 HTTP/1.1\r\nHost: front\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n"
                        + "Connection: close\r\n\r\n0\r\n\r\n",
                "GET /thing HTTP/1.1\r\nConnection: close\r\n\r\n")) {
            try (SSLSocket socket = connect(port)) {
                assertTrue(answer(socket, bad).startsWith("HTTP/1.1 400 "), bad);
            }
        }
    }

    /** To find a way around the strict decoder. */
    @Test
    void theBeginningOfHttp2WithoutHavingAgreedUponItIsOneBadRequest() throws Exception {
        try (SSLSocket socket = connect(port)) {
            String said = answer(socket, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nGET /thing HTTP/1.1\r\nHost: a\r\n\r\n");
            assertTrue(!said.contains("200 OK"), said);
        }
    }

    @Test
    void whoIsSlowIsCutAndCounted() throws Exception {
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        int strict = front(metrics, "http.read.timeout", "3s");
        try (Socket beginning = new Socket("localhost", strict);
                SSLSocket silent = connect(strict);
                SSLSocket slow = connect(strict)) {
            beginning.setSoTimeout(15_000);
            // A ClientHello that isn't whole.
            beginning.getOutputStream().write(new byte[] {22, 3, 1, 1, 0, 1});
            silent.startHandshake();
            assertTrue(answer(slow, "GET /thing HTTP/1.1\r\nHost: fr").startsWith("HTTP/1.1 408 "));
            assertTrue(answer(silent, "").startsWith("HTTP/1.1 408 "));
            while (beginning.getInputStream().read() >= 0) {
                // An alert, perhaps.
            }
            await().until(() -> refused(metrics, "slow_handshake") == 1 && refused(metrics, "slow_header") == 2);
        }
    }

    @Test
    void plainHttpIsCutAndCounted() throws Exception {
        double before = refused(METRICS, "bad_handshake");
        try (Socket socket = new Socket("localhost", port)) {
            socket.setSoTimeout(15_000);
            String said = answer(socket, HttpFixture.GOOD);
            assertTrue(!said.contains("HTTP/1.1 200"), said);
        }
        await().until(() -> refused(METRICS, "bad_handshake") == before + 1);
    }

    @Test
    void aClientThatTrustsAnotherAuthorityIsCounted() throws Exception {
        double before = refused(METRICS, "bad_handshake");
        try (Socket socket = javax.net.ssl.SSLSocketFactory.getDefault().createSocket("localhost", port)) {
            assertThrows(SSLException.class, ((SSLSocket) socket)::startHandshake);
        }
        await().until(() -> refused(METRICS, "bad_handshake") == before + 1);
    }

    @Test
    void aConnectionTooManyIsClosedBeforeItsHandshake() throws Exception {
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        int small = front(metrics, "http.connections.max", "1");
        try (Socket first = trusting.getSocketFactory().createSocket("localhost", small)) {
            ((SSLSocket) first).startHandshake();
            try (Socket second = trusting.getSocketFactory().createSocket("localhost", small)) {
                second.setSoTimeout(15_000);
                assertThrows(IOException.class, ((SSLSocket) second)::startHandshake);
            }
            assertEquals(1, refused(metrics, "full"));
        }
    }

    /** A renewal; then files that can't be used; then the next renewal. */
    @Test
    void aNewCertificateIsShownWithoutARestartAndABadOneNever() throws Exception {
        assertEquals("CN=front", shown());
        try (SSLSocket open = connect(port)) {
            open.startHandshake();
            pki.write("front.crt", pki.issue("renewed").getCertificatePathPEM());
            // The key of the old one: not until both are there.
            java.nio.file.Files.copy(
                    folder.resolve("renewed.key"),
                    folder.resolve("front.key"),
                    java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            await().atMost(Duration.ofSeconds(30)).until(() -> shown().equals("CN=renewed"));
            pki.write("front.key", "no key");
            assertEquals("CN=renewed", shown());
        }
        pki.issue("front");
        await().atMost(Duration.ofSeconds(30)).until(() -> shown().equals("CN=front"));
    }

    private static String shown() throws Exception {
        SSLContext fresh = SSLContext.getInstance("TLS");
        fresh.init(null, new TrustManager[] {pki.authority.toTrustManager()}, null);
        try (SSLSocket socket = (SSLSocket) fresh.getSocketFactory().createSocket("localhost", port)) {
            socket.startHandshake();
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .getName();
        }
    }
}
