package io.millrace.systemtests.page;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.KafkaAccess;
import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Shop;
import io.millrace.systemtests.event.DeadLettersView;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * The pack {@code guilds}, played as its document draws it: from the gateway by the bot, directly or through the queue, to
 * the dashboards of a guild's people; what fails; who may look; where a read comes from.
 */
@Order(13)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
final class GuildsTest extends GuildScene {
    GuildsTest(Pipeline pipeline) {
        super(pipeline);
    }

    @Test
    void whatCantWaitIsWrittenAndShownAtOnce() {
        try (SocketClient dashboard = open("u-1", "member")) {
            StreamLog log = dashboard.subscribe(stream);
            long queued = KafkaAccess.eventsEverQueued(pipeline.backends().kafkaBootstrap());
            JsonObject renamed = event("guild:updated").put("source", "discord/shard-3");
            renamed.getJsonObject("data").put("name", "Cats & dogs");

            ApiResponse answer = bot.post(renamed);

            assertEquals(201, answer.status(), answer::toString);
            assertEquals("committed", answer.json().getString("status"));
            await().until(() -> log.has(renamed.getString("id")));
            JsonObject shown = log.messages().get(log.ids().indexOf(renamed.getString("id")));
            assertEquals("high", shown.getString("priority"));
            assertEquals("discord/shard-3", shown.getJsonObject("data").getString("source"));
            assertEquals(
                    "Cats & dogs",
                    read("u-1", "member", "guild", guild)
                            .json()
                            .getJsonObject("state")
                            .getString("name"));
            assertEquals(
                    queued, KafkaAccess.eventsEverQueued(pipeline.backends().kafkaBootstrap()));
        }
    }

    @Test
    void theRestGoesThroughTheQueueIntoDatabaseAndCacheAndOntoTheDashboard() {
        try (SocketClient dashboard = open("u-1", "member")) {
            StreamLog log = dashboard.subscribe(stream);
            JsonObject message = message("Hello");

            ApiResponse answer = bot.post(message);

            assertEquals(202, answer.status(), answer::toString);
            assertEquals("queued", answer.json().getString("status"));
            await().until(() -> log.has(message.getString("id")));
            assertEquals(List.of(), log.faults());
            String id = message.getJsonObject("data").getString("messageId");
            ApiResponse cached = read("u-1", "member", "message", id);
            assertEquals(200, cached.status(), cached::toString);
            assertEquals("near", cached.header("X-Cache"));
            assertEquals("Hello", cached.json().getJsonObject("state").getString("content"));
            assertEquals(
                    "database",
                    person("u-1", "member")
                            .entity("message", id + "?stream=" + stream, "Cache-Control", "no-cache")
                            .header("X-Cache"));
        }
    }

    /** The deletion is urgent and overtakes the queue, in which its creation still waits. */
    @Test
    void aMessageThatWasDeletedBeforeItsCreationWasCommittedStaysDeleted() {
        List<JsonObject> messages =
                IntStream.range(0, 1_000).mapToObj(i -> message("Hello " + i)).toList();
        JsonObject last = messages.get(messages.size() - 1);
        String id = last.getJsonObject("data").getString("messageId");
        JsonObject deletion = event("message:deleted");
        deletion.getJsonObject("data").put("messageId", id);
        try (SocketClient dashboard = open("m-1", "moderator")) {
            StreamLog log = dashboard.subscribe(stream);
            bot.post(messages);
            assertEquals(201, bot.post(deletion).status());
            await().until(() -> log.has(last.getString("id")) && log.has(deletion.getString("id")));

            ApiResponse gone =
                    person("m-1", "moderator").entity("message", id + "?stream=" + stream, "Cache-Control", "no-cache");
            assertEquals(404, gone.status(), gone::toString);
            assertEquals("\"" + gone.json().getInteger("version") + "\"", gone.header("ETag"));
            assertEquals(404, read("m-1", "moderator", "message", id).status());
            boolean overtaken =
                    log.ids().indexOf(deletion.getString("id")) < log.ids().indexOf(last.getString("id"));
            assertEquals(
                    overtaken,
                    person("m-1", "moderator")
                            .get("api/events/" + last.getString("id") + "/journey")
                            .body()
                            .contains("\"superseded\":true"));
        }
    }

    @Test
    void whatTheBotGetsWrongIsRefusedBeforeItIsQueued() {
        JsonObject noGuild = message("Hello");
        noGuild.getJsonObject("data").remove("guildId");
        assertEquals(422, bot.post(noGuild).status());
        assertEquals(403, person("u-1", "member").post(message("I am no bot")).status());
    }

    @Test
    void aJobThatFailsIsTriedAgainThenADeadLetterAndAnAlert() {
        ApiClient operator = pipeline.api("op", "admin");
        try (SocketClient dashboard = pipeline.socket("op", "admin");
                SocketClient member = open("u-1", "member")) {
            StreamLog alerts = dashboard.subscribe(Shop.SYSTEM);
            StreamLog log = member.subscribe(stream);
            JsonObject failing = message("Too late")
                    .put("type", "message:updated")
                    .put("metadata", new JsonObject().put("expectedVersion", 99));
            JsonObject neighbour = message("Hello");

            bot.post(List.of(failing, neighbour));

            await().until(() -> log.has(neighbour.getString("id")));
            JsonObject letter = DeadLettersView.await(operator, failing.getString("id"));
            assertEquals(5, letter.getInteger("attempts"));
            await().until(() -> alerts.has("dead-letter-" + letter.getLong("id")));
            assertFalse(log.has(failing.getString("id")));
        }
    }

    @Test
    void aSubscriberIsAuthenticatedAndPermitted() {
        try (SocketClient forger = SocketClient.open(pipeline.broadcast().uri("/api/ws"), null)) {
            forger.send("{\"type\":\"auth\",\"token\":\"e30.e30.e30\"}");
            assertEquals(4401, forger.closeCode());
        }
        try (SocketClient nobody = SocketClient.open(pipeline.broadcast().uri("/api/ws"), null)) {
            assertRefused(nobody);
        }
        try (SocketClient stranger = open("u-9", "member", "another-guild")) {
            assertRefused(stranger);
        }
        try (SocketClient member = open("u-1", "member")) {
            member.subscribe(stream);
            assertEquals(stream, member.last("subscribed").getString("stream"));
            assertNull(member.last("error"));
        }
    }

    @Test
    void twoPeopleSeeOfOneGuildWhatEachMay() {
        JsonObject updated = event("guild:updated");
        JsonObject settings = event("guild:settings_changed");
        JsonObject mine = warning("u-1");
        JsonObject yours = warning("u-2");
        JsonObject raid = event("security:raid");
        raid.getJsonObject("data").put("joins", 250);
        List<JsonObject> all = List.of(updated, settings, mine, yours, raid);
        try (SocketClient member = open("u-1", "member");
                SocketClient moderator = open("m-1", "moderator");
                SocketClient owner = open("o-1", "owner")) {
            StreamLog ofMember = member.subscribe(stream);
            StreamLog ofModerator = moderator.subscribe(stream);
            StreamLog ofOwner = owner.subscribe(stream);

            all.forEach(bot::post);

            await().until(() -> ofOwner.has(raid.getString("id")) && ofModerator.has(raid.getString("id")));
            await().until(() -> ofMember.has(mine.getString("id")));
            assertEquals(Shop.ids(all), kept(ofOwner));
            assertEquals(Shop.ids(List.of(updated, mine, yours, raid)), kept(ofModerator));
            assertEquals(Shop.ids(List.of(updated, mine)), kept(ofMember));
            // History tells each the same.
            assertEquals(kept(ofMember), history("u-1", "member"));
            assertEquals(kept(ofModerator), history("m-1", "moderator"));
            assertEquals(
                    403,
                    person("u-9", "member", "another-guild")
                            .history(stream, null, 10)
                            .status());
        }
    }

    @Test
    void aModeratorActsInTheirOwnGuildAlone() {
        try (SocketClient moderator = open("m-1", "moderator");
                SocketClient member = open("u-1", "member")) {
            StreamLog log = moderator.subscribe(stream);
            publish(moderator, 1, warning("u-2").put("type", "moderation:banned"));
            await().until(() -> moderator.last("published") != null);
            assertEquals("committed", moderator.last("published").getString("status"));
            await().until(() -> kept(log).size() == 1);

            JsonObject elsewhere = warning("u-2");
            elsewhere.getJsonObject("data").put("guildId", "another-guild");
            publish(moderator, 2, elsewhere);
            publish(member, 3, warning("u-2"));

            for (SocketClient refused : List.of(moderator, member)) {
                await().until(() -> refused.last("error") != null);
                assertEquals("permission_denied", refused.last("error").getString("code"));
            }
        }
    }

    @Test
    void anEntityIsReadOnlyByPeopleOfItsGuild() {
        bot.post(event("guild:updated"));
        assertEquals(200, read("u-1", "member", "guild", guild).status());
        for (ApiClient stranger : List.of(person("u-9", "member", "another-guild"), pipeline.api("u-9", "member"))) {
            assertEquals(
                    403, stranger.entity("guild", guild + "?stream=" + stream).status());
        }
        ApiResponse unnamed = person("u-1", "member").entity("guild", guild);
        assertEquals(400, unnamed.status());
        assertTrue(unnamed.json().getString("detail").startsWith("stream is missing"), unnamed::toString);
    }

    @Test
    void aModeratorMayUseAnIdThatAnotherGuildUsesAndLearnsNothingOfIt() {
        JsonObject ours = warning("u-2");
        String id = ours.getJsonObject("data").getString("caseId");
        assertEquals(201, bot.post(ours).status());
        JsonObject theirs = warning("u-3");
        theirs.getJsonObject("data")
                .put("guildId", "another-guild")
                .put("caseId", id)
                .put("reason", "ads");
        theirs.put("metadata", new JsonObject().put("expectedVersion", 0));
        assertEquals(
                201, person("m-9", "moderator", "another-guild").post(theirs).status());

        JsonObject again = warning("u-2");
        again.getJsonObject("data").put("caseId", id).put("reason", "spam, again");
        again.put("metadata", new JsonObject().put("expectedVersion", 1));
        assertEquals(201, bot.post(again).status());
        assertEquals(
                "spam, again",
                read("m-1", "moderator", "case", id)
                        .json()
                        .getJsonObject("state")
                        .getString("reason"));
        JsonObject case9 = person("m-9", "moderator", "another-guild")
                .entity("case", id + "?stream=guild:another-guild", "Cache-Control", "no-cache")
                .json();
        assertEquals("ads", case9.getJsonObject("state").getString("reason"));
        assertEquals(1, case9.getInteger("version"));
        assertEquals("guild:another-guild", case9.getString("stream"));
    }

    @Test
    void aDashboardThatWasAwayMissesNothing() {
        try (SocketClient dashboard = open("m-1", "moderator")) {
            StreamLog log = dashboard.subscribe(stream);
            List<JsonObject> warnings = List.of(warning("u-1"), warning("u-2"), warning("u-3"));
            bot.post(warnings.get(0));
            await().until(() -> kept(log).size() == 1);

            dashboard.drop();
            bot.post(warnings.get(1));
            dashboard.resume(pipeline.broadcast().uri("/api/ws"));
            bot.post(warnings.get(2));

            await().until(() -> kept(log).size() >= 3);
            assertEquals(Shop.ids(warnings), kept(log));
            assertEquals(List.of(), log.faults());
        }
    }

    @Test
    void peopleOfAGuildSeeWhoseDashboardIsOpen() {
        try (SocketClient first = open("u-1", "member")) {
            StreamLog log = first.subscribe(stream);
            try (SocketClient second = open("u-2", "moderator")) {
                second.subscribe(stream);
                await().until(() -> told(log, "viewer:joined").contains("u-2"));
                await().until(() -> present(first).equals(Set.of("u-1", "u-2")));
            }
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> told(log, "viewer:left").contains("u-2"));
            assertEquals(Set.of("u-1"), present(first));
        }
    }
}
