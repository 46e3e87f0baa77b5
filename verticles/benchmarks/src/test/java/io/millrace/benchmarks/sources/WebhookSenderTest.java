package io.millrace.benchmarks.sources;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class WebhookSenderTest {
    private static final String KEY = "a key of the tests, long enough";

    @Test
    void aDeliveryIsSignedAsStandardWebhooksSaysAndOnlyAnAcceptedOneCounts() throws Exception {
        String secret = "whsec_" + Base64.getEncoder().encodeToString(KEY.getBytes(US_ASCII));
        AtomicInteger answered = new AtomicInteger();
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            WebhookSender sender =
                    new WebhookSender(server.getLocalPort(), "/hooks", secret, answered::incrementAndGet);
            try (Socket client = server.accept()) {
                String request = sender.request("msg_1", 1_700_000_000L, "{}");
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(KEY.getBytes(US_ASCII), "HmacSHA256"));
                String expected =
                        Base64.getEncoder().encodeToString(mac.doFinal("msg_1.1700000000.{}".getBytes(US_ASCII)));
                assertTrue(request.contains("\r\nwebhook-signature: v1," + expected + "\r\n"), request);
                assertTrue(request.endsWith("\r\nContent-Length: 2\r\n\r\n{}"), request);
                sender.post("msg_1", "{}");
                client.getOutputStream()
                        .write(
                                "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 401 No\r\nContent-Length: 1\r\n\r\nx"
                                        .getBytes(US_ASCII));
                while (answered.get() < 2) {
                    sender.read();
                }
                assertEquals(1, sender.accepted());
                assertEquals("HTTP/1.1 401 No x", sender.refusal());
            } finally {
                sender.channel.close();
            }
        }
    }

    @Test
    void aMessageIsPublishedAsRedisReadsIt() {
        assertEquals(
                "*3\r\n$7\r\nPUBLISH\r\n$5\r\nbench\r\n$2\r\nhi\r\n",
                new String(RedisPublisher.command("bench", "hi".getBytes(US_ASCII)), US_ASCII));
    }
}
