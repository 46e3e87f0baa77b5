package io.millrace.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.entity.EntityState.Level;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.journey.Journeys;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.domain.model.EntityRule;
import io.millrace.domain.model.StreamTemplate;
import io.vertx.core.Future;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every name that an event may give to its entity, its stream and itself can be read again by its URL. */
@Timeout(60)
class OddNamesTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final List<String> PIECES = List.of(
            "/", "%", "%2F", "%2e%2e", "..", ".", "\\", "?", "#", "+", " ", ";", ":", "&", "=", "@", "*", "'", "\"",
            "<", "|", "~", "a", "Z", "0", "é", "漢", "🙂", "\u202e", "\ufeff", "\u2028", "\u00a0", "//", "/../", "%00",
            "%");

    @SuppressWarnings("NullAway.Init")
    private static ApiFixture fixture;

    @SuppressWarnings("NullAway.Init")
    private static EntityRule room;

    @SuppressWarnings("NullAway.Init")
    private static StreamTemplate rooms;

    private static volatile @Nullable String asked;

    @BeforeAll
    static void start() throws Exception {
        fixture = new ApiFixture(
                """
                domain: test
                namespaces: { rooms: { stream: "room:{data.key}" } }
                types:
                  "room:opened": { namespace: rooms, entity: { kind: room, id: data.id, apply: put } }
                roles: { admin: { see: ["*"] } }
                """);
        var type = fixture.domains.types().iterator().next();
        room = java.util.Objects.requireNonNull(type.entity());
        rooms = type.namespace().stream();
        byte[] state = "{}".getBytes(StandardCharsets.UTF_8);
        fixture.serve(Addresses.CACHE, query -> {
            asked = query.entity().stream() + "\n" + query.entity().id();
            return Future.succeededFuture(new EntityState(query.entity(), 3, state, new Position("k1", 7), Level.NEAR));
        });
        fixture.serve(Addresses.HISTORY, query -> {
            asked = query.stream();
            return Future.succeededFuture(new HistoryPage(query.stream(), "k1", 1, 7, List.of()));
        });
        fixture.serve(Addresses.JOURNEY, query -> {
            asked = query.id() + "\n" + query.source();
            return Future.succeededFuture(new Journeys(List.of()));
        });
        fixture.serve(Addresses.QUEUE_SEARCH, query -> Future.succeededFuture(new Journeys(List.of())));
    }

    @AfterAll
    static void end() throws Exception {
        fixture.close();
    }

    @Test
    void everyNameThatIsTakenIsReadAgainByItsUrl() throws Exception {
        Random random = new Random(7);
        List<String> names = new ArrayList<>(List.of("...", "a/..", "../a", "%2e", "x".repeat(256), "🙂".repeat(256)));
        for (int i = 0; i < 300; i++) {
            StringBuilder name = new StringBuilder();
            for (int k = random.nextInt(5); k >= 0; k--) {
                name.append(PIECES.get(random.nextInt(PIECES.size())));
            }
            names.add(name.toString());
        }
        int read = 0;
        for (String name : names) {
            for (boolean all : new boolean[] {true, false}) {
                read += entity(name, all) + stream(name, all) + event(name, all);
            }
        }
        assertEquals(true, read > 1_000, () -> "few were taken");
    }

    private static int entity(String name, boolean all) throws Exception {
        ObjectNode data = JsonNodeFactory.instance.objectNode().put("id", name).put("key", "🙂".repeat(128));
        try {
            room.idIn(data);
        } catch (MillraceException refused) {
            return 0;
        }
        String stream = rooms.require(data);
        get("/api/entities/room/" + encoded(name, all) + "?stream=" + encoded(stream, all), 200);
        assertEquals(stream + "\n" + name, asked, name);
        return 1;
    }

    private static int stream(String name, boolean all) throws Exception {
        String stream = rooms.resolve(JsonNodeFactory.instance.objectNode().put("key", name));
        if (stream == null) {
            return 0;
        }
        get("/api/streams/" + encoded(stream, all) + "/events", 200);
        assertEquals(stream, asked, name);
        return 1;
    }

    /** An event's id has half as many characters, and otherwise the rules of an entity's. */
    private static int event(String name, boolean all) throws Exception {
        if (name.equals(".") || name.equals("..") || name.codePointCount(0, name.length()) > 128) {
            return 0;
        }
        get("/api/events/" + encoded(name, all) + "/journey?source=" + encoded(name, all), 404);
        assertEquals(name + "\n" + name, asked, name);
        return 1;
    }

    private static void get(String path, int status) throws Exception {
        asked = null;
        HttpRequest request = HttpRequest.newBuilder(fixture.uri.resolve(path))
                .version(HttpClient.Version.HTTP_1_1)
                .header("Authorization", "Bearer " + fixture.token("u-1", "admin"))
                .build();
        HttpResponse<String> answer = CLIENT.send(request, BodyHandlers.ofString());
        assertEquals(status, answer.statusCode(), () -> path + ": " + answer.body());
    }

    /**
     * Percent-encoded.
     *
     * @param all also what needn't be (RFC 3986, 2.3)
     */
    private static String encoded(String name, boolean all) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = b > 0 && (Character.isLetterOrDigit(b) || "-._~".indexOf(b) >= 0);
            if (plain && !all) {
                encoded.append((char) b);
            } else {
                encoded.append('%').append(String.format("%02X", b & 0xFF));
            }
        }
        return encoded.toString();
    }
}
