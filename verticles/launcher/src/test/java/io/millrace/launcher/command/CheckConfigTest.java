package io.millrace.launcher.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

@ResourceLock(Resources.SYSTEM_OUT)
@Order(Integer.MAX_VALUE)
class CheckConfigTest extends CommandFixture {
    private static final String GOOD_PACK =
            """
            domain: shop
            namespaces:
              orders: { stream: orders }
            types:
              "order:created":
                namespace: orders
            roles:
              admin: { see: ["*"] }
            """;

    @SuppressWarnings("NullAway.Init")
    private Path conf;

    @BeforeEach
    void folder() throws IOException {
        conf = folder;
        Files.createDirectory(conf.resolve("domains"));
    }

    @Test
    void aGoodFolderIsSaidToBeOne() throws IOException {
        write("domains/shop.yaml", GOOD_PACK);
        Run run = checkConfig();
        assertEquals(0, run.exit(), run.err());
        assertTrue(run.out().contains("1 event types"), run.out());
    }

    @Test
    void everyMistakeOfEveryFileIsNamedAtOnceWithItsPlace() throws IOException {
        write(
                "millrace.yaml",
                """
                http:
                  prot: 8080
                  loops: 1000
                persistence:
                  statement.timeout: soon
                auth:
                  secret: not here
                """);
        write(
                "domains/a.yaml",
                """
                domain: shop
                namespaces:
                  orders: { stream: orders }
                types:
                  "order:created":
                    namespace: order
                    priority: urgent
                    schema: { type: object }
                roles:
                  admin: { see: ["*"] }
                """);
        write(
                "domains/b.yaml",
                """
                domain: more
                types:
                  "order:created":
                    namespace: orders
                roles:
                  staff: { see: ["ordr:*"] }
                """);
        Run run = checkConfig();
        assertEquals(1, run.exit());
        assertNamed(run, "millrace.yaml:2 http.prot: there is no such setting — did you mean \"http.port\"?");
        assertNamed(run, "millrace.yaml:3 http.loops: \"1000\" is not within 0 to 64");
        assertNamed(run, "millrace.yaml:5");
        assertNamed(run, "millrace.yaml:7 auth.secret");
        assertNamed(run, "a.yaml:6");
        assertNamed(run, "a.yaml:7");
        assertNamed(run, "b.yaml:3");
        assertNamed(run, "b.yaml:6");
        assertEquals(9, run.err().lines().count(), run.err());
        assertTrue(run.err().endsWith("8 mistakes in the configuration.\n"), run.err());
    }

    @Test
    void aSchemaThatIsNoSchemaIsAMistakeToo() throws IOException {
        write(
                "domains/shop.yaml",
                GOOD_PACK.replace(
                        "    namespace: orders\n",
                        "    namespace: orders\n    schema: { type: objekt, required: orderId }\n"));
        write("millrace.yaml", "http: { port: 99999 }\n");
        Run run = checkConfig();
        assertEquals(1, run.exit());
        assertNamed(run, "shop.yaml:7 types.\"order:created\".schema.type");
        assertNamed(run, "shop.yaml:7 types.\"order:created\".schema.required");
        assertNamed(run, "millrace.yaml:1 http.port");
    }

    @Test
    void aLargestEventThatCannotBeIsAMistake() throws IOException {
        write(
                "domains/shop.yaml",
                GOOD_PACK.replace("    namespace: orders\n", "    namespace: orders\n    max: 100KiB\n"));
        write("millrace.yaml", "http: { body.max: 64KiB }\n");
        Run run = checkConfig();
        assertNamed(run, "ingest.event.max: allows events of 256KiB, and http.body.max a request of 64KiB only");
        assertNamed(
                run, "shop.yaml:7 types.\"order:created\".max: more than a request may have: http.body.max is 64KiB");
        for (String max : new String[] {"1MiB", "1023", "-1", "much", "[1KiB]"}) {
            write(
                    "domains/shop.yaml",
                    GOOD_PACK.replace("    namespace: orders\n", "    namespace: orders\n    max: " + max + "\n"));
            assertNamed(checkConfig(), "shop.yaml:7 types.\"order:created\".max");
        }
    }

    @Test
    void aSchemaIsCheckedWhateverElseIsWrongWithThePacks() throws IOException {
        write("domains/a.yaml", GOOD_PACK.replace("admin: { see: [\"*\"] }", "admin: { sea: [\"*\"] }"));
        write(
                "domains/b.yaml",
                """
                domain: b
                namespaces: { b: { stream: b } }
                types:
                  "a:b": { namespace: b, schema: { properties: { x: { pattern: "(a", minLength: many } } } }
                """);
        Run run = checkConfig();
        assertNamed(run, "a.yaml:8 roles.admin.sea");
        assertNamed(run, "b.yaml:4 types.\"a:b\".schema.properties.x.pattern: no JSON Schema: ");
        assertNamed(run, "b.yaml:4 types.\"a:b\".schema.properties.x.minLength: no JSON Schema: ");
    }

    @Test
    void packsMayBeNamedAsFilesAndFoldersInsteadOfThoseInTheConfiguration() throws IOException {
        write("domains/shop.yaml", "domain: [broken]\n");
        Path one = Files.writeString(conf.resolve("one.yaml"), GOOD_PACK);
        Path more = Files.createDirectories(conf.resolve("more"));
        Files.writeString(
                more.resolve("two.yaml"),
                "domain: two\nnamespaces: { n: { stream: n } }\ntypes: { \"n:n\": { namespace: n } }\n");
        Run run = checkConfig("--pack", one.toString(), "--pack", more.toString());
        assertEquals(0, run.exit(), run.err());
        assertTrue(run.out().contains("2 event types"), run.out());
        assertNamed(checkConfig("--pack", conf.resolve("three.yaml").toString()), "there is no such file");
        assertNamed(
                checkConfig(
                        "--pack", Files.createDirectory(conf.resolve("empty")).toString()),
                "holds no domain pack");
    }

    @Test
    void everyMistakeOfAnIssuerIsNamedWithItsPlace() throws IOException {
        write("domains/shop.yaml", GOOD_PACK);
        write("weak.pem", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
        write(
                "issuers/a.yaml",
                """
                issuer: https://a.example
                keys:
                  - { jwks: "http://a.example/keys" }
                  - { file: ../nowhere.pem, kid: k }
                  - { file: ../weak.pem }
                  - { secret: NO_SUCH_SECRET }
                  - { secret: "not the name but the secret" }
                  - { jwks: "https://a.example/keys", kid: k }
                  - { kid: k }
                  - { jwks: "https://a.example/keys", file: x.pem }
                claims: { user: [a, b], roles: "realm_access.roles", room: rooms, sub: { a: b } }
                everyone: [admn]
                audiense: [x]
                """);
        write("issuers/b.yaml", "audience: [shop]\nprefix: ''\n");
        Run run = checkConfig();
        assertEquals(1, run.exit());
        assertNamed(run, "a.yaml:13 audiense: unknown");
        assertNamed(run, "a.yaml:1 audience: is missing");
        assertNamed(run, "a.yaml:1 prefix: is missing");
        assertNamed(run, "a.yaml:3 keys[0].jwks: \"http://a.example/keys\" is not an address with https");
        assertNamed(run, "a.yaml:4 keys[1].file");
        assertNamed(run, "a.yaml:5 keys[2].file");
        assertNamed(run, "a.yaml:6 keys[3].secret: there is neither NO_SUCH_SECRET nor NO_SUCH_SECRET_FILE");
        assertNamed(run, "a.yaml:7 keys[4].secret: must be the name of an environment variable");
        assertNamed(run, "a.yaml:8 keys[5].kid");
        assertNamed(run, "a.yaml:9 keys[6]: must say one of");
        assertNamed(run, "a.yaml:10 keys[7]: must say one of");
        assertNamed(run, "a.yaml:11 claims.user: names one claim");
        assertNamed(run, "a.yaml:11 claims.room: no such claim that a pack names");
        assertNamed(run, "a.yaml:12 everyone[0]: no such role of the packs (admin) — did you mean \"admin\"?");
        assertNamed(run, "b.yaml:1 issuer: is missing");
        assertNamed(run, "b.yaml:1 keys: is missing");
        assertTrue(!run.err().contains("not the name but the secret"), run.err());
    }

    @Test
    void everyMistakeOfASignInIsNamedWithItsPlace() throws IOException {
        write("domains/shop.yaml", GOOD_PACK);
        String rest = "audience: [x]\nprefix: ''\nkeys: [{ discovery: true }]\n";
        write(
                "issuers/a.yaml",
                "issuer: https://a.example\n" + rest + "sign-in: { client: pages, scopes: [openid, x] }\n");
        assertEquals(0, checkConfig().exit(), checkConfig().err());
        write(
                "issuers/b.yaml",
                "issuer: https://b.example\n" + rest + "sign-in: { scopes: [x], clientId: y, prompt: 7 }\n");
        write("issuers/c.yaml", "issuer: 'http://c.example'\n" + rest + "sign-in: pages\n");
        write(
                "issuers/d.yaml",
                "issuer: d\n" + rest.replace("discovery: true", "jwks: https://d/x") + "sign-in: { client: a }\n");
        Run run = checkConfig();
        assertNamed(run, "b.yaml:5 sign-in.client: is missing");
        assertNamed(run, "b.yaml:5 sign-in.scopes: must hold openid");
        assertNamed(run, "b.yaml:5 sign-in.clientId: unknown; known here: client, scopes, resource, audience, prompt");
        assertNamed(run, "b.yaml:5 sign-in.prompt: 7 where a text belongs");
        assertNamed(run, "b.yaml:5 sign-in: is in another file too; the pages sign in at one issuer");
        assertNamed(run, "c.yaml:5 sign-in: \"pages\" where a block of client, scopes");
        assertNamed(run, "d.yaml:5 sign-in: the issuer \"d\" is not an address with https");
    }

    @Test
    void withoutAnyoneWhoMaySignTokensNothingStarts() throws IOException {
        write("domains/shop.yaml", GOOD_PACK);
        Run run = checkConfig("--set", "auth.own.tokens=false");
        assertNamed(run, "auth.own.tokens: is false, and no file in");
        write("issuers/a.yaml", "issuer: https://a.example\naudience: [shop]\nkeys: [{ discovery: true }]\n");
        assertEquals(0, checkConfig("--set", "auth.own.tokens=false").exit());
    }

    @Test
    void aFolderThatIsNotThereIsOneMistake() {
        conf = conf.resolve("elsewhere");
        Run run = checkConfig();
        assertEquals(1, run.exit());
        assertNamed(run, "there is no such folder");
    }

    private static void assertNamed(Run run, String mistake) {
        assertTrue(run.err().contains(mistake), () -> mistake + " is not among:\n" + run.err());
    }

    private Run checkConfig(Object... more) {
        List<Object> all = new ArrayList<>(List.of("--conf", conf));
        all.addAll(List.of(more));
        return run(new CheckConfigCommand(), all.toArray());
    }
}
