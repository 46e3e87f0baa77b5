package io.millrace.launcher.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ResourceLock(Resources.SYSTEM_OUT)
@Order(Integer.MAX_VALUE)
class TokenCommandTest extends CommandFixture {
    private static final String ISSUER = "https://login.taxi.example";
    private static final String PACK =
            """
            domain: taxi
            namespaces: { rides: { stream: "ride:{data.rideId}", access: { claim: rides } } }
            types: { "ride:asked": { namespace: rides } }
            roles: { driver: { see: ["*"] }, admin: { see: ["*"] } }
            """;

    @SuppressWarnings("NullAway.Init")
    private Path pack;

    @BeforeEach
    void pack() throws IOException {
        pack = write("taxi.yaml", PACK);
    }

    private Run token(Object... more) {
        List<Object> all = new ArrayList<>(List.of("--conf", folder, "--pack", pack, "--data", folder, "--dev"));
        all.addAll(List.of(more));
        return run(new TokenCommand(), all.toArray());
    }

    @Test
    void aTokenThatIsPrintedWorks() {
        for (Object[] more : List.of(
                new Object[] {"--role", "driver"},
                new Object[] {"--role", "driver", "--role", "admin", "--hours", 720},
                new Object[] {"--role", "driver", "--hours", 87_600, "--set", "auth.token.life=3650d"},
                new Object[] {"--role", "driver", "--claim", "rides=1,2", "--hours", 1, "--user", "ann"})) {
            Run run = token(more);
            assertEquals(0, run.exit(), run.err());
            assertEquals(3, run.out().strip().split("\\.").length, run.out());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "87601", "700000", "2147483647"})
    void hoursThatNoTokenCanHaveAreRefused(String hours) {
        Run run = token("--role", "driver", "--hours", hours);
        assertEquals(1, run.exit());
        assertEquals("", run.out());
        assertEquals("--hours " + hours + ": not within 1 to 87600\n", run.err());
    }

    @ParameterizedTest
    @CsvSource({"drivr, driver", "Driver, driver", "amdin, admin"})
    void aRoleThatNoPackKnowsIsRefusedWithWhatWasMeant(String wrong, String meant) {
        Run run = token("--role", "driver", "--role", wrong);
        assertEquals(1, run.exit());
        assertEquals("", run.out());
        assertTrue(run.err().startsWith("--role " + wrong + ": no such role in the packs (admin, driver)"), run.err());
        assertTrue(run.err().endsWith("did you mean \"" + meant + "\"?\n"), run.err());
    }

    @Test
    void everyMistakeIsNamedAtOnce() {
        Run run = token(
                "--role",
                "manager",
                "--hours",
                0,
                "--claim",
                "ride=1",
                "--claim",
                "exp=1",
                "--claim",
                "rides=1,,2",
                "--user",
                " ");
        assertEquals(1, run.exit());
        for (String mistake : List.of(
                "--role manager: no such role",
                "--hours 0:",
                "--claim ride: no such claim that opens streams in the packs (rides)",
                "did you mean \"rides\"?",
                "--claim exp: that one is the token's own",
                "--claim rides: a key is empty",
                "--user: is empty")) {
            assertTrue(run.err().contains(mistake), () -> mistake + " in:\n" + run.err());
        }
    }

    @ParameterizedTest
    @CsvSource({"RSA,2048,RS256", "EC,256,ES256", "Ed25519,255,EdDSA"})
    void aTokenOfAnIssuerIsSignedWithItsPrivateKey(String type, int size, String algorithm) throws Exception {
        issuer(type, size);
        Run run = token(
                "--role",
                "driver",
                "--claim",
                "rides=1,2",
                "--issuer",
                ISSUER,
                "--key",
                folder.resolve("private.pem"),
                "--kid",
                "k1",
                "--expires",
                "15m");
        assertEquals(0, run.exit(), run.err());
        String[] parts = run.out().strip().split("\\.");
        JsonObject header = new JsonObject(Buffer.buffer(Base64.getUrlDecoder().decode(parts[0])));
        assertEquals(algorithm, header.getString("alg"));
        assertEquals("k1", header.getString("kid"));
        JsonObject claims = new JsonObject(Buffer.buffer(Base64.getUrlDecoder().decode(parts[1])));
        assertEquals(
                "[\"driver\"]",
                claims.getJsonObject("realm_access").getJsonArray("roles").encode());
        assertEquals(
                "[\"1\",\"2\"]",
                claims.getJsonObject("app").getJsonArray("rides").encode());
        assertEquals("[\"taxi\"]", claims.getJsonArray("aud").encode());
        assertEquals(900, claims.getLong("exp") - claims.getLong("iat"));
    }

    @Test
    void aTokenThatItsIssuerWouldNotSignIsNotPrinted() throws Exception {
        issuer("EC", 256);
        Path key = folder.resolve("private.pem");
        assertSaid("no server would take this token", "--issuer", ISSUER, "--key", key, "--kid", "other");
        assertSaid(
                "no server would take this token", "--issuer", ISSUER, "--key", key, "--kid", "k1", "--audience", "x");
        assertSaid("did you mean \"" + ISSUER + "\"?", "--issuer", ISSUER + "/", "--key", key);
        assertSaid("needs --key", "--issuer", ISSUER);
        assertSaid("need --issuer", "--key", key);
        assertSaid("holds no PRIVATE KEY", "--issuer", ISSUER, "--key", folder.resolve("public.pem"));
        assertSaid("can't be read", "--issuer", ISSUER, "--key", folder.resolve("nowhere"));
        assertSaid("auth.own.tokens is false", "--set", "auth.own.tokens=false");
        assertSaid("longer than auth.token.life allows", "--hours", 721);
        assertSaid("longer than auth.token.life allows", "--expires", "61s", "--set", "auth.token.life=1m");
        assertSaid("--expires soon: not a time", "--expires", "soon");
    }

    private void assertSaid(String mistake, Object... more) {
        List<Object> all = new ArrayList<>(List.of("--role", "driver"));
        all.addAll(List.of(more));
        Run run = token(all.toArray());
        assertEquals(1, run.exit());
        assertEquals("", run.out());
        assertTrue(run.err().contains(mistake), () -> mistake + " in:\n" + run.err());
    }

    private void issuer(String type, int size) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(type);
        generator.initialize(size);
        KeyPair pair = generator.generateKeyPair();
        write("private.pem", pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
        write("public.pem", pem("PUBLIC KEY", pair.getPublic().getEncoded()));
        write(
                "issuers/login.yaml",
                """
                issuer: https://login.taxi.example
                audience: [taxi]
                prefix: ""
                keys: [{ file: ../public.pem, kid: k1 }]
                claims: { roles: realm_access.roles, rides: app.rides }
                """);
    }

    private static String pem(String type, byte[] encoded) {
        return "-----BEGIN " + type + "-----\n" + Base64.getMimeEncoder().encodeToString(encoded) + "\n-----END " + type
                + "-----\n";
    }

    @Test
    void aTokenThatNoServerTakesIsNotPrinted() {
        Run run = token("--role", "driver", "--claim", "rides=" + "x".repeat(9_000));
        assertEquals(1, run.exit());
        assertEquals("", run.out());
        assertTrue(run.err().startsWith("no server would take this token: "), run.err());
    }
}
