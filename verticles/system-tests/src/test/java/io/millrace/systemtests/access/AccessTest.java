package io.millrace.systemtests.access;

import static java.util.stream.Collectors.toCollection;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.Transport;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Every role, every type of every pack, every way to see or publish it: as {@link AccessTable} says. One user has each role
 * in turn; some of the events are that user's own, some another's, some are in streams that the user's token doesn't list.
 */
@Order(14)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AccessTest extends AccessScene {
    AccessTest(Pipeline pipeline) {
        super(pipeline);
    }

    @Test
    void aListenerIsSentWhatItsRoleMaySeeAndNothingElse() {
        for (Watcher watcher : watchers) {
            Set<String> leaked = new TreeSet<>();
            for (JsonObject message : watcher.listener().events()) {
                JsonObject event = message.getJsonObject("data");
                SampleEvent known = byId.get(event.getString("id"));
                boolean allowed = known == null
                        ? AccessTable.SEE.allowsSome(watcher.role(), event.getString("type"))
                        : AccessTable.SEE.allows(watcher.role(), known);
                if (!allowed) {
                    leaked.add(event.getString("id") + " " + known);
                }
            }
            assertEquals(Set.of(), leaked, watcher.transport() + " " + watcher.role() + " " + watcher.stream());
        }
    }

    @Test
    void aStreamOfWhichARoleMaySeeNothingIsRefusedWhetherItExistsOrNot() {
        for (Watcher watcher : watchers) {
            boolean nothing = events.stream()
                    .noneMatch(event -> event.stream().equals(watcher.stream())
                            && event.inOwnStream()
                            && AccessTable.SEE.allowsSome(watcher.role(), event.type()));
            if (nothing) {
                JsonObject error = watcher.listener().first("error");
                // Over SSE and long poll the request itself is refused.
                boolean socket = watcher.transport().isWebSocket() || watcher.transport() == Transport.SOCKJS;
                assertTrue(socket || watcher.listener().hasEnded(), watcher::toString);
                assertEquals(
                        "permission_denied",
                        error == null ? null : error.getString("code"),
                        watcher.transport() + " " + watcher.role() + " " + watcher.stream());
                assertFalse(subscribed(watcher), watcher.role() + " " + watcher.stream());
            }
        }
    }

    @Test
    void historyShowsWhatARoleMaySee() {
        for (String role : AccessTable.SEE.roles()) {
            ApiClient api = api(role);
            Set<String> found = new TreeSet<>();
            for (String stream : streams) {
                String from = "/api/streams/" + stream + "/events?limit=1000&after=" + start;
                ApiResponse page = api.get(from);
                if (page.status() == 200) {
                    found.addAll(ids(objects(page.json().getJsonArray("events")).toList()));
                } else {
                    assertEquals(403, page.status(), () -> role + " " + stream + page);
                }
            }
            found.retainAll(byId.keySet());
            assertSame(role, seen(role, SampleEvent::durable), found);
        }
    }

    @Test
    void journeysAreLimitedToVisibleEvents() {
        for (String role : AccessTable.SEE.roles()) {
            ApiClient api = api(role);
            Set<String> found = new TreeSet<>();
            for (SampleEvent event : events) {
                if (event.durable()) {
                    ApiResponse journey = api.get("/api/events/" + event.id() + "/journey");
                    if (journey.status() == 200) {
                        found.add(event.id());
                    } else {
                        assertEquals(404, journey.status(), journey::toString);
                    }
                    assertEquals(
                            journey.status(),
                            api.get("/api/events/" + event.id()).status(),
                            "the event itself is shown to whom its journey is");
                }
            }
            assertSame(role, seen(role, SampleEvent::durable), found);
        }
    }

    /** An entity is seen by who may see all events of one of its kind's types, or own it. */
    @Test
    void entitiesAreReadByWhomTheyAreShownTo() {
        for (String role : AccessTable.SEE.roles()) {
            ApiClient api = api(role);
            Set<String> found = new TreeSet<>();
            for (SampleEvent event : events) {
                if (event.leavesEntity()) {
                    ApiResponse read = api.get(
                            "/api/entities/" + event.kind() + "/" + event.entityId() + "?stream=" + event.stream());
                    ApiResponse history = api.get("/api/entities/" + event.kind() + "/" + event.entityId()
                            + "/history?stream=" + event.stream());
                    assertEquals(read.status(), history.status(), () -> role + " " + event + history);
                    if (read.status() == 200) {
                        found.add(event.stream() + " " + event.kind() + " " + event.entityId());
                    } else {
                        assertEquals(403, read.status(), () -> role + " " + event + read);
                    }
                }
            }
            assertEquals(entities(role), found, role);
        }
    }

    @Test
    void entitiesAreListedForWhomTheyAreShownTo() {
        Set<String> kinds = events.stream()
                .filter(SampleEvent::leavesEntity)
                .map(event -> event.kind() + "?stream=" + event.stream())
                .collect(toCollection(TreeSet::new));
        for (String role : AccessTable.SEE.roles()) {
            ApiClient api = api(role);
            Set<String> found = new TreeSet<>();
            for (String kind : kinds) {
                String next = "";
                while (next != null) {
                    ApiResponse page = api.get("/api/entities/" + kind + "&limit=500"
                            + (next.isEmpty() ? "" : "&after=" + URLEncoder.encode(next, StandardCharsets.UTF_8)));
                    next = page.status() == 200 ? page.json().getString("next") : null;
                    if (page.status() == 200) {
                        String[] at = kind.split("\\?stream=", -1);
                        objects(page.json().getJsonArray("entities"))
                                .forEach(entity -> found.add(at[1] + " " + at[0] + " " + entity.getString("id")));
                    }
                }
            }
            found.retainAll(allEntities());
            assertEquals(entities(role), found, role);
        }
    }

    @Test
    void theStateAtASubscriptionShowsTheSameEntities() {
        Set<String> known = allEntities();
        for (String role : AccessTable.SEE.roles()) {
            List<Watcher> reads = new ArrayList<>();
            for (String stream : streams) {
                reads.add(new Watcher(
                        Transport.WEBSOCKET,
                        role,
                        stream,
                        Transport.WEBSOCKET.open(
                                client,
                                pipeline.broadcast().uri("/"),
                                token(role),
                                new JsonObject().put("stream", stream).put("state", true))));
            }
            awaitAll(reads, AccessScene::answered);
            await().atMost(TIMEOUT).until(() -> reads.stream()
                    .filter(AccessScene::subscribed)
                    .allMatch(read ->
                            read.listener().all("state").stream().anyMatch(state -> !state.getBoolean("more", false))));
            Set<String> found = new TreeSet<>();
            for (Watcher read : reads) {
                read.listener().all("state").forEach(state -> objects(state.getJsonArray("entities"))
                        .forEach(entity -> found.add(
                                read.stream() + " " + entity.getString("kind") + " " + entity.getString("id"))));
                read.listener().close();
            }
            found.retainAll(known);
            assertEquals(entities(role), found, role);
        }
    }

    @Test
    void aKpiIsShownToUsersThatMaySeeAllItsEvents() {
        List<JsonObject> kpis = objects(api("admin").get("/api/kpis").json().getJsonArray("kpis"))
                .toList();
        assertEquals(11, kpis.size());
        for (String role : AccessTable.SEE.roles()) {
            ApiClient api = api(role);
            Set<String> expected = kpis.stream()
                    .filter(kpi -> AccessTable.SEE.allowsAll(role, kpi.getString("type")))
                    .map(kpi -> kpi.getString("name"))
                    .collect(toCollection(TreeSet::new));
            Set<String> listed = objects(api.get("/api/kpis").json().getJsonArray("kpis"))
                    .map(kpi -> kpi.getString("name"))
                    .collect(toCollection(TreeSet::new));
            assertEquals(expected, listed, role);
            for (JsonObject kpi : kpis) {
                String name = kpi.getString("name");
                boolean kept = !kpi.getJsonArray("rollups").isEmpty();
                int status = api.get("/api/kpis/" + name + "?by=day").status();
                assertEquals(!expected.contains(name) ? 403 : kept ? 200 : 400, status, role + " " + name);
                int followed = api.get("/api/poll?stream=kpi:" + name).status();
                assertEquals(expected.contains(name) ? 200 : 403, followed, role + " kpi:" + name);
            }
        }
    }

    @Test
    void theCatalogueListsWhatARoleMaySeeOrPublish() {
        for (String role : AccessTable.SEE.roles()) {
            Set<String> expected = AccessTable.SEE.types().stream()
                    .filter(type ->
                            AccessTable.SEE.allowsSome(role, type) || AccessTable.PUBLISH.allowsSome(role, type))
                    .collect(toCollection(TreeSet::new));
            Set<String> listed = objects(api(role).get("/api/types").json().getJsonArray("types"))
                    .map(type -> type.getString("name"))
                    .collect(toCollection(TreeSet::new));
            assertEquals(expected, listed, role);
            Set<String> named = objects(
                            api(role).get("/api/streams?limit=1000").json().getJsonArray("streams"))
                    .map(stream -> stream.getString("stream"))
                    .filter(streams::contains)
                    .collect(toCollection(TreeSet::new));
            Set<String> open = events.stream()
                    .filter(event -> event.inOwnStream() && AccessTable.SEE.allowsSome(role, event.type()))
                    .map(SampleEvent::stream)
                    .collect(toCollection(TreeSet::new));
            assertEquals(open, named, role);
        }
    }

    @Test
    void deadLettersAndConnectionsAreForRolesThatManageThem() {
        for (String role : AccessTable.SEE.roles()) {
            int expected = role.equals("admin") ? 200 : 403;
            assertEquals(expected, api(role).get("/api/dead-letters").status(), role);
            assertEquals(expected, api(role).get("/api/ws/stats").status(), role);
            assertEquals(expected, api(role).get("/api/connections").status(), role);
        }
    }

    @Test
    void thePresenceOfAStreamIsShownToUsersThatMaySeeItsEvents() {
        for (String role : AccessTable.SEE.roles()) {
            try (SocketClient socket = SocketClient.open(pipeline.broadcast().uri("/api/ws"), token(role))) {
                for (String stream : List.of("room:" + key, "room:" + otherKey, "guild:" + key, "guild:" + otherKey)) {
                    socket.send(new JsonObject()
                            .put("type", "presence")
                            .put("id", stream)
                            .put("stream", stream)
                            .encode());
                    await().until(() -> answer(socket, stream) != null);
                    boolean allowed = stream.endsWith(key)
                            && AccessTable.SEE.allowsAll(
                                    role, stream.startsWith("room:") ? "room:joined" : "viewer:joined");
                    assertEquals(
                            allowed ? "presence" : "permission_denied",
                            Objects.requireNonNull(answer(socket, stream)).getString(allowed ? "type" : "code"),
                            role + " " + stream);
                }
            }
        }
    }

    private static @Nullable JsonObject answer(SocketClient socket, String id) {
        return socket.others().stream()
                .filter(message -> id.equals(message.getValue("id")))
                .findFirst()
                .orElse(null);
    }

    @Test
    void aRolePublishesWhatTheTableSays() {
        for (String role : AccessTable.PUBLISH.roles()) {
            List<SampleEvent> tried = events.stream()
                    .map(event -> new SampleEvent(
                            event.listing(),
                            event.owned(),
                            event.inOwnStream(),
                            event.stream(),
                            event.json().copy().put("id", Shop.unique("e"))))
                    .toList();
            List<JsonObject> results = api(role)
                    .post(tried.stream().map(SampleEvent::json).toList())
                    .results();
            for (int i = 0; i < tried.size(); i++) {
                SampleEvent event = tried.get(i);
                boolean denied = "permission_denied".equals(results.get(i).getString("code"));
                assertEquals(
                        !AccessTable.PUBLISH.allows(role, event),
                        denied,
                        role + " publishes " + event + ": " + results.get(i).encode());
            }
        }
    }
}
