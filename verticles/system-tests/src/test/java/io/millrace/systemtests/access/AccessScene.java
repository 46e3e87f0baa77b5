package io.millrace.systemtests.access;

import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toMap;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportClient;
import io.millrace.testkit.client.TransportListener;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** One user with each role in turn, who listens to every stream while events of every type are published. */
abstract class AccessScene {
    static final Duration TIMEOUT = Duration.ofSeconds(60);
    static final List<Transport> LIVE = List.of(Transport.WEBSOCKET, Transport.SSE, Transport.SOCKJS);

    final Pipeline pipeline;
    final String user = Shop.unique("u");
    final String other = Shop.unique("u");
    final String key = Shop.unique("k");
    final String otherKey = Shop.unique("k");
    final String start = Instant.now().minusMillis(1).toString();
    final TransportClient client = new TransportClient(HttpVersion.HTTP_1_1, 5_000);
    final List<Watcher> watchers = new ArrayList<>();
    List<SampleEvent> events = List.of();
    Map<String, SampleEvent> byId = Map.of();
    Set<String> streams = Set.of();

    AccessScene(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    /** A listener of one stream, by one transport, in one role. */
    record Watcher(Transport transport, String role, String stream, TransportListener listener) {}

    String token(String role) {
        JsonArray keys = new JsonArray().add(key);
        JsonObject claims = new JsonObject()
                .put("rooms", keys)
                .put("games", keys)
                .put("guilds", keys)
                .put("agents", keys);
        return pipeline.signer().token(user, claims, role);
    }

    ApiClient api(String role) {
        return new ApiClient(pipeline.front().uri("/"), token(role));
    }

    static Stream<JsonObject> objects(JsonArray array) {
        return array.stream().map(JsonObject.class::cast);
    }

    @BeforeAll
    void everyRoleListensToEveryStreamWhileEverythingIsPublished() {
        List<JsonObject> types = objects(api("admin").get("/api/types").json().getJsonArray("types"))
                .toList();
        assertEquals(
                new TreeSet<>(AccessTable.SEE.types()),
                types.stream().map(type -> type.getString("name")).collect(toCollection(TreeSet::new)),
                "the table has every type of every pack");
        events = SampleEvent.ofEach(types, user, other, key, otherKey);
        byId = events.stream().collect(toMap(SampleEvent::id, event -> event));
        streams = events.stream().map(SampleEvent::stream).collect(toCollection(TreeSet::new));
        for (String role : AccessTable.SEE.roles()) {
            for (String stream : streams) {
                for (Transport transport : LIVE) {
                    watch(transport, role, stream, new JsonObject());
                }
                watch(Transport.POLL, role, stream, new JsonObject().put("after", start));
            }
        }
        awaitAll(watchers, AccessScene::answered);
        ApiClient admin = api("admin");
        // What isn't the user's own first, so that it has been dispatched when the user's own arrives.
        for (boolean owned : new boolean[] {false, true}) {
            List<JsonObject> part = events.stream()
                    .filter(event -> event.owned() == owned)
                    .map(SampleEvent::json)
                    .toList();
            for (JsonObject result : admin.post(part).results()) {
                assertEquals(null, result.getString("code"), result::encode);
            }
            await().atMost(TIMEOUT).until(() -> watchers.stream()
                    .allMatch(watcher -> missing(watcher, owned).isEmpty()));
        }
    }

    static void awaitAll(List<Watcher> watchers, Predicate<Watcher> condition) {
        await().atMost(TIMEOUT)
                .untilAsserted(() -> assertEquals(
                        List.of(),
                        watchers.stream()
                                .filter(condition.negate())
                                .map(watcher -> watcher.transport + " " + watcher.role + " " + watcher.stream + " "
                                        + watcher.listener.messages())
                                .toList()));
    }

    void watch(Transport transport, String role, String stream, JsonObject options) {
        TransportListener listener =
                transport.open(client, pipeline.broadcast().uri("/"), token(role), options.put("stream", stream));
        watchers.add(new Watcher(transport, role, stream, listener));
    }

    static boolean answered(Watcher watcher) {
        return watcher.transport == Transport.POLL
                || subscribed(watcher)
                || watcher.listener.first("error") != null
                || watcher.listener.hasEnded();
    }

    /** A connection follows some streams by itself, besides the one that it asked for. */
    static boolean subscribed(Watcher watcher) {
        return watcher.listener.all("subscribed").stream()
                .anyMatch(message -> watcher.stream.equals(message.getString("stream", watcher.stream)));
    }

    /** What a watcher should have been sent. A poll sees a transient event only if it waits at that moment. */
    Set<String> missing(Watcher watcher, boolean owned) {
        Set<String> missing = events.stream()
                .filter(event -> event.owned() == owned && event.stream().equals(watcher.stream))
                .filter(event -> event.durable() || watcher.transport != Transport.POLL)
                .filter(event -> AccessTable.SEE.allows(watcher.role, event))
                .map(SampleEvent::id)
                .collect(toCollection(TreeSet::new));
        missing.removeAll(ids(watcher.listener.events()));
        return missing;
    }

    @AfterAll
    void close() {
        watchers.forEach(watcher -> watcher.listener.close());
        client.close();
    }

    static Set<String> ids(Collection<JsonObject> messages) {
        return messages.stream()
                .map(message -> message.getJsonObject("data").getString("id"))
                .collect(toCollection(TreeSet::new));
    }

    /** The events of the table that a role may see, of those that a test can find. */
    List<SampleEvent> seen(String role, Predicate<SampleEvent> which) {
        return events.stream()
                .filter(which)
                .filter(event -> AccessTable.SEE.allows(role, event))
                .toList();
    }

    String named(String role, Collection<String> ids) {
        return role + ": " + ids.stream().map(byId::get).toList();
    }

    void assertSame(String role, List<SampleEvent> expected, Set<String> found) {
        Set<String> ids = expected.stream().map(SampleEvent::id).collect(toCollection(TreeSet::new));
        assertEquals(named(role, ids), named(role, found));
    }

    boolean seesEntity(String role, SampleEvent event) {
        return events.stream()
                .filter(like -> Objects.equals(event.kind(), like.kind()))
                .anyMatch(like -> AccessTable.SEE.allowsAll(role, like.type())
                        ? event.inOwnStream()
                        : AccessTable.SEE.allowsSome(role, like.type()) && event.inOwnStream() && event.owned());
    }

    Set<String> entities(String role) {
        return events.stream()
                .filter(event -> event.leavesEntity() && seesEntity(role, event))
                .map(event -> event.stream() + " " + event.kind() + " " + event.entityId())
                .collect(toCollection(TreeSet::new));
    }

    Set<String> allEntities() {
        return events.stream()
                .filter(SampleEvent::leavesEntity)
                .map(event -> event.stream() + " " + event.kind() + " " + event.entityId())
                .collect(toCollection(TreeSet::new));
    }
}
