package io.millrace.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.EventType;
import io.millrace.launcher.command.CommandFixture;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.schema.SchemaValidator;
import io.millrace.platform.settings.PackFiles;
import io.millrace.testkit.network.TestAuthority;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is printed fits the packs that run, whichever they are. */
@ResourceLock(Resources.SYSTEM_OUT)
@Order(Integer.MAX_VALUE)
class BannerTest extends CommandFixture {
    private static final Pattern BODY = Pattern.compile("-d '(\\{.*})'");
    private static final String TAXI =
            """
            domain: taxi
            namespaces:
              rides: { stream: "ride:{data.ride.id}", access: { claim: rides } }
              cars: { stream: cars }
            types:
              "car:seen": { namespace: cars, durable: false, schema: { type: object, required: [plate] } }
              "ride:asked":
                namespace: rides
                owner: data.rider
                entity: { kind: ride, id: data.ride.id, apply: put }
                schema:
                  type: object
                  required: [at, seats, kind, contact, tags, price, paid]
                  properties:
                    ride: { $ref: "#/$defs/ride" }
                    rider: { type: string }
                    at: { type: string, format: date-time }
                    seats: { type: integer, minimum: 2, maximum: 5 }
                    kind: { enum: [small, large] }
                    contact: { type: string, format: email }
                    tags: { type: array, minItems: 2, items: { type: string, maxLength: 3 } }
                    price: { type: number, exclusiveMinimum: 9, multipleOf: 5 }
                    paid: { type: boolean }
                    note: { type: string, examples: ["it's late"] }
                  $defs: { ride: { type: object, required: [id], properties: { id: { type: string, minLength: 12 } } } }
            roles:
              dispatcher: { see: ["*"], publish: ["ride:*"] }
              rider: { see: ["ride:* own"] }
            """;

    private final Vertx vertx = Vertx.vertx();
    private final TokenVerifier tokens = new TokenVerifier(vertx, new byte[32], Clock.systemUTC());

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private String banner(List<Path> packs) throws Exception {
        return banner(packs, Map.of());
    }

    private String banner(List<Path> packs, Map<String, String> settings) throws Exception {
        Configuration configuration = Configuration.load(folder, packs, Map.of(), settings);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new Banner(configuration, tokens, "c", folder, true)
                .print(List.of("all"), new PrintStream(out, true, StandardCharsets.UTF_8));
        return out.toString(StandardCharsets.UTF_8);
    }

    /** The event of the printed curl is one that its pack takes. */
    private static EventType requireTaken(DomainModel domains, String banner) throws Exception {
        Matcher body = BODY.matcher(banner);
        assertTrue(body.find(), banner);
        var event = new ObjectMapper().readTree(body.group(1).replace("'\\''", "'"));
        EventType type = Objects.requireNonNull(domains.type(event.path("type").asText()));
        assertEquals(List.of(), new SchemaValidator(domains).check(type, event.path("data")));
        assertNotNull(type.namespace().stream().resolve(event.path("data")));
        if (type.entity() != null) {
            assertNotNull(type.entity().id().text(event.path("data")));
        }
        return type;
    }

    @Test
    void anOwnPackGetsLinksOfItsRolesAndAnEventOfItsTypes() throws Exception {
        Path pack = write("taxi.yaml", TAXI);
        String banner = banner(List.of(pack));

        EventType type = requireTaken(PackFiles.load(List.of(pack)), banner);
        assertEquals("ride:asked", type.name());
        assertTrue(banner.contains("\"rider\":\"dev\""), banner);
        assertTrue(banner.contains("it'\\''s late"), banner);
        assertTrue(banner.contains("as dispatcher: http://127.0.0.1:8080/#token="), banner);
        assertTrue(banner.contains("as rider: http://127.0.0.1:8080/#token="), banner);
        for (String others : List.of("as admin", "order:created", "/guilds")) {
            assertFalse(banner.contains(others), banner);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"shop.yaml", "game.yaml", "guilds.yaml", "music.yaml", "betting.yaml", "."})
    void eachPackThatIsShippedGetsAnEventThatItTakes(String name) throws Exception {
        Path packs = ROOT.resolve("conf/domains").resolve(name);
        String banner = banner(List.of(packs));
        requireTaken(name.equals(".") ? PackFiles.load(packs) : PackFiles.load(List.of(packs)), banner);
        assertEquals(name.equals(".") || name.equals("guilds.yaml"), banner.contains("/guilds#left="), banner);
        boolean shop = name.equals(".") || name.equals("shop.yaml");
        assertEquals(shop, banner.contains("as customer: http://127.0.0.1:8080/account#token="), banner);
        assertEquals(shop, banner.contains("as staff: http://127.0.0.1:8080/#token="), banner);
    }

    @Test
    void withACertificateTheLinksAreHttps() throws Exception {
        new TestAuthority(folder).issue("front");
        String banner = banner(
                List.of(write("taxi.yaml", TAXI)),
                Map.of(
                        "http.tls.cert",
                        "" + folder.resolve("front.crt"),
                        "http.tls.key",
                        "" + folder.resolve("front.key")));
        assertTrue(banner.contains("as rider: https://127.0.0.1:8080/#token="), banner);
        assertTrue(banner.contains("curl -s https://127.0.0.1:8080/api/events"), banner);
    }

    @Test
    void aPackWhoseRolesPublishNothingGetsNoCurl() throws Exception {
        String banner = banner(
                List.of(
                        write(
                                "quiet.yaml",
                                """
                domain: quiet
                namespaces: { n: { stream: n } }
                types: { "a:b": { namespace: n } }
                roles: { public: { see: ["*"] } }
                """)));
        assertFalse(banner.contains("curl"), banner);
        assertTrue(banner.contains("as public: http://127.0.0.1:8080/\n"), banner);
    }
}
