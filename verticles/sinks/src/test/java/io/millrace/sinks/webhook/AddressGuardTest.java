package io.millrace.sinks.webhook;

import static io.millrace.postgres.lease.LeaseDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.platform.http.Networks;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressGuardTest {
    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void stop() throws Exception {
        await(vertx.close());
    }

    private AddressGuard guard(Networks allowed, AddressGuard.Resolver resolver) {
        return new AddressGuard(vertx, allowed, resolver);
    }

    private AddressGuard guard() {
        return guard(Networks.NONE, InetAddress::getAllByName);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://127.0.0.1/",
                "https://0.0.0.0/",
                "https://10.1.2.3/",
                "https://172.31.255.1/",
                "https://192.168.0.1:8443/",
                "https://169.254.169.254/latest/meta-data/",
                "https://100.64.0.1/",
                "https://224.0.0.1/",
                "https://255.255.255.255/",
                "https://localhost/",
                "https://[::1]/",
                "https://[::]/",
                "https://[::ffff:127.0.0.1]/",
                "https://[::ffff:a9fe:a9fe]/",
                "https://[64:ff9b::10.0.0.1]/",
                "https://[2002:7f00:1::]/",
                "https://[fe80::1]/",
                "https://[fd00::1]/",
                "https://[ff02::1]/"
            })
    void whatIsNotPublicIsRefused(String url) {
        ExecutionException refused =
                assertThrows(ExecutionException.class, () -> await(guard().resolve(URI.create(url))));
        assertTrue(String.valueOf(refused.getMessage()).contains("no public address"), refused::toString);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"https://8.8.8.8/", "https://[2606:4700::1111]/", "https://172.32.0.1/", "https://1.1.1.1:9/"})
    void whatIsPublicIsCalled(String url) throws Exception {
        String host = URI.create(url).getHost().replaceAll("[\\[\\]]", "");
        assertEquals(InetAddress.getByName(host), await(guard().resolve(URI.create(url))));
    }

    @Test
    void aNameWithAPrivateAddressIsCalledAtItsPublicOneOnly() throws Exception {
        InetAddress open = InetAddress.getByName("8.8.4.4");
        AddressGuard both = guard(Networks.NONE, host -> new InetAddress[] {InetAddress.getByName("10.0.0.1"), open});
        assertEquals(open, await(both.resolve(URI.create("https://rebind.example/"))));
    }

    @Test
    void theAddressThatWasCheckedIsTheOneThatIsCalled() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        AddressGuard rebinding = guard(Networks.NONE, host ->
                new InetAddress[] {InetAddress.getByName(asked.getAndIncrement() == 0 ? "8.8.8.8" : "127.0.0.1")});
        URI url = URI.create("https://rebind.example/");
        assertEquals("8.8.8.8", await(rebinding.resolve(url)).getHostAddress());
        assertEquals(1, asked.get(), "one look-up for one request");
        assertThrows(ExecutionException.class, () -> await(rebinding.resolve(url)));
    }

    @Test
    void anOperatorMayAllowANetworkAndPlainHttpGoesThereOnly() throws Exception {
        AddressGuard inside = guard(new Networks(List.of("10.1.0.0/16")), InetAddress::getAllByName);
        assertEquals(
                "10.1.2.3",
                await(inside.resolve(URI.create("http://10.1.2.3/"))).getHostAddress());
        assertEquals(
                "10.1.2.3",
                await(inside.resolve(URI.create("https://10.1.2.3/"))).getHostAddress());
        assertThrows(ExecutionException.class, () -> await(inside.resolve(URI.create("https://10.2.0.1/"))));
        ExecutionException plain =
                assertThrows(ExecutionException.class, () -> await(inside.resolve(URI.create("http://8.8.8.8/"))));
        assertTrue(String.valueOf(plain.getMessage()).contains("http without TLS"), plain::toString);
    }
}
