package io.millrace.platform.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.platform.auth.keys.KeySettings;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The examples of {@code shared/docs/identity.md} accept tokens of the form that these providers give out. */
class IdentityExamplesTest {
    private static final Path DOCUMENT =
            Path.of(System.getProperty("millrace.root", "../.."), "shared/docs/identity.md");
    private static final Pattern EXAMPLE =
            Pattern.compile("##+ ([^\n]+)\n(?:(?!\n#).)*?```yaml\n(.*?)```", Pattern.DOTALL);
    private static final Vertx VERTX = Vertx.vertx();
    private static final SigningParty PARTY = SigningParty.of("k", "EdDSA");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @AfterAll
    static void close() throws Exception {
        VERTX.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void keycloakHasRolesInsideOfTwoClaims() throws Exception {
        Principal who = principal(
                "Keycloak",
                """
                {"exp":%d,"iat":%d,"jti":"onrtac:8e37","iss":"https://id.example/realms/shop",
                 "aud":["millrace","account"],"sub":"f3b1c7e2-5d2c-4b8e-9a43-7a1f0e1f9b11","typ":"Bearer","azp":"shop-web",
                 "sid":"4c6f","acr":"1","allowed-origins":["https://shop.example"],
                 "realm_access":{"roles":["default-roles-shop","offline_access","shop-staff"]},
                 "resource_access":{"millrace":{"roles":["shop-admin"]},"account":{"roles":["manage-account"]}},
                 "scope":"openid email profile","email_verified":true,"preferred_username":"ann"}
                """);
        assertEquals("ann", who.user());
        assertEquals(Set.of("staff", "admin", "customer"), who.roles());
        assertEquals("ann", who.claim("sub"), "what a pack's access: { claim: sub } compares");
    }

    @Test
    void keycloakLeavesOutWhatAUserHasNoRolesOf() throws Exception {
        Principal who = principal(
                "Keycloak",
                """
                {"exp":%d,"iat":%d,"iss":"https://id.example/realms/shop","aud":"millrace","preferred_username":"bo"}
                """);
        assertEquals(Set.of("customer"), who.roles());
    }

    @Test
    void auth0HasClaimsWithNamesLikeAddresses() throws Exception {
        Principal who = principal(
                "Auth0",
                """
                {"https://shop.example/roles":["staff"],"https://shop.example/guilds":["42","43"],
                 "guilds":["what the user says"],"https://shop":{"example/roles":["admin"]},
                 "iss":"https://shop.eu.auth0.com/","sub":"auth0|6543","aud":["https://api.shop.example",
                 "https://shop.eu.auth0.com/userinfo"],"exp":%d,"iat":%d,"scope":"openid profile","azp":"abc"}
                """);
        assertEquals("auth0|6543", who.user());
        assertEquals(Set.of("staff"), who.roles());
        assertEquals(new JsonArray(List.of("42", "43")), who.claim("guilds"));
    }

    @Test
    void supabaseHasWhatTheServerSaysInAppMetadata() throws Exception {
        String token =
                """
                {"iss":"https://abcd.supabase.co/auth/v1","sub":"5be1c2c5","aud":"authenticated","exp":%d,"iat":%d,
                 "email":"ann@example.com","phone":"","app_metadata":{"provider":"email","providers":["email"],
                 "roles":["staff"],"guilds":["42"]},"user_metadata":{"roles":["admin"],"guilds":["43"]},
                 "roles":["admin"],"guilds":["44"],
                 "role":"authenticated","aal":"aal1","amr":[{"method":"password","timestamp":1700000000}],
                 "session_id":"s-1","is_anonymous":false}
                """;
        Principal who = principal("Supabase", token);
        assertEquals("5be1c2c5", who.user());
        assertEquals(Set.of("staff", "customer"), who.roles());
        assertEquals(new JsonArray(List.of("42")), who.claim("guilds"));
        Principal none = principal("Supabase", token.replace("\"guilds\":[\"42\"]", "\"x\":1"));
        assertEquals(null, none.claim("guilds"), "another claim of that name doesn't count in its place");
    }

    @Test
    void theOneThatExplainsEverythingIsFree() throws Exception {
        Principal who = principal(
                "An issuer",
                """
                {"iss":"https://login.shop.example","sub":"ann","aud":"millrace","exp":%d,"iat":%d,"roles":"staff  admin"}
                """);
        assertEquals(Set.of("staff", "admin"), who.roles());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sub | sub",
                "realm_access.roles | realm_access,roles",
                "https://shop.example/roles | https://shop.example/roles",
                "a.\"b.c\".d | a,b.c,d",
                "\"a.b\" | a.b",
                "urn:shop:roles | urn:shop:roles",
                "a..b | a..b",
                ".a | .a",
                "a. | a.",
                "a\"b | a\"b",
                "x/y | x/y"
            })
    void aClaimIsNamedByItsPath(String path, String names) {
        assertEquals(List.of(names.split(",")), ClaimPath.of(path).names());
    }

    private Principal principal(String example, String claims) throws Exception {
        Matcher found = EXAMPLE.matcher(Files.readString(DOCUMENT));
        String yaml = null;
        while (found.find()) {
            yaml = found.group(1).equals(example) ? found.group(2) : yaml;
        }
        // All as documented, but for the keys.
        String here = String.valueOf(yaml)
                .replaceFirst("(?m)^keys:.*\n(?:  - .*\n|# - .*\n)*", "keys: [{ file: key.pem, kid: k }]\n");
        Files.writeString(folder.resolve("issuer.yaml"), here);
        Files.writeString(folder.resolve("key.pem"), PARTY.publicPem());
        List<ConfigurationError> problems = new ArrayList<>();
        List<Issuer> issuers = new IssuerFiles(
                        Map.of(),
                        KeySettings.DEFAULTS,
                        Set.of("customer", "staff", "admin"),
                        Set.of("guilds", "rooms"),
                        AuthSettings.DEFAULTS.own(),
                        problems)
                .read(folder);
        assertEquals(List.of(), problems, here);
        TokenVerifier verifier = new TokenVerifier(
                VERTX, new byte[32], AuthSettings.DEFAULTS, issuers, Clock.systemUTC(), new SimpleMeterRegistry());
        long now = Instant.now().getEpochSecond();
        String signed = new JsonObject(claims.formatted(now + 300, now)).encode();
        return verifier.verify(PARTY.token(signed)).await(10, TimeUnit.SECONDS);
    }
}
