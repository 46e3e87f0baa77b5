package io.millrace.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.domain.access.AccessLevel;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.FieldPath;
import io.millrace.domain.model.Namespace;
import io.millrace.domain.model.PresenceRule;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The packs with a stream for each key, as they are delivered and loaded beside the shop: guilds.yaml, game.yaml. */
@NullUnmarked
class KeyedPacksTest {
    private static DomainModel packs;

    @BeforeAll
    static void load() throws Exception {
        packs = PackFixture.load(Path.of(System.getProperty("millrace.root"), "conf", "domains"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            useHeadersInDisplayName = true,
            textBlock =
                    """
                    type,                   member, moderator, owner, player, spectator, referee, customer
                    guild:updated,          ALL,    ALL,       ALL,   NONE,   NONE,      NONE,    NONE
                    guild:settings_changed, NONE,   NONE,      ALL,   NONE,   NONE,      NONE,    NONE
                    message:created,        ALL,    ALL,       ALL,   NONE,   NONE,      NONE,    NONE
                    member:updated,         ALL,    ALL,       ALL,   NONE,   NONE,      NONE,    NONE
                    moderation:warned,      OWN,    ALL,       ALL,   NONE,   NONE,      NONE,    NONE
                    moderation:reported,    NONE,   ALL,       ALL,   NONE,   NONE,      NONE,    NONE
                    security:raid,          NONE,   ALL,       ALL,   NONE,   NONE,      NONE,    NONE
                    viewer:joined,          ALL,    ALL,       ALL,   NONE,   NONE,      NONE,    NONE
                    move:made,              NONE,   NONE,      NONE,  ALL,    ALL,       ALL,     NONE
                    chat:said,              NONE,   NONE,      NONE,  ALL,    NONE,      NONE,    NONE
                    game:finished,          NONE,   NONE,      NONE,  ALL,    ALL,       ALL,     NONE
                    player:rewarded,        NONE,   NONE,      NONE,  ALL,    NONE,      NONE,    NONE
                    """)
    void eachRoleSeesWhatTheMatrixSays(
            String type,
            AccessLevel member,
            AccessLevel moderator,
            AccessLevel owner,
            AccessLevel player,
            AccessLevel spectator,
            AccessLevel referee,
            AccessLevel customer) {
        assertEquals(member, packs.rights().seeLevel(Set.of("member"), type(type)));
        assertEquals(moderator, packs.rights().seeLevel(Set.of("moderator"), type(type)));
        assertEquals(owner, packs.rights().seeLevel(Set.of("owner"), type(type)));
        assertEquals(player, packs.rights().seeLevel(Set.of("player"), type(type)));
        assertEquals(spectator, packs.rights().seeLevel(Set.of("spectator"), type(type)));
        assertEquals(referee, packs.rights().seeLevel(Set.of("referee"), type(type)));
        assertEquals(customer, packs.rights().seeLevel(Set.of("customer"), type(type)));
        assertEquals(AccessLevel.ALL, packs.rights().seeLevel(Set.of("admin"), type(type)));
        assertEquals(AccessLevel.NONE, packs.rights().seeLevel(Set.of("public"), type(type)));
    }

    @Test
    void whatCantWaitGoesDirectlyAndTheRestThroughTheQueue() {
        for (String urgent :
                List.of("guild:updated", "message:deleted", "moderation:banned", "security:raid", "game:finished")) {
            assertTrue(type(urgent).priority().urgent(), urgent);
        }
        for (String ordinary : List.of("message:created", "member:joined", "channel:updated", "chat:said")) {
            assertFalse(type(ordinary).priority().urgent(), ordinary);
            assertTrue(type(ordinary).durable(), ordinary);
        }
    }

    @Test
    void movesAreTransientAndResultsDurable() {
        assertFalse(type("move:made").durable());
        assertTrue(type("game:scored").durable());
        assertTrue(type("game:finished").durable());
        assertTrue(type("player:rewarded").durable());
    }

    @Test
    void everyGuildHasItsStreamAndTheTokenSaysWhose() throws Exception {
        Namespace guilds = packs.namespaceOf("guild:81384788765712384");
        assertEquals("guilds", guilds.name());
        assertEquals("guilds", guilds.accessClaim());
        assertFalse(guilds.auto());
        var data = new ObjectMapper().readTree("{\"guildId\":\"7\",\"userId\":\"u-1\"}");
        for (EventType type : packs.typesOf(guilds)) {
            assertEquals("guild:7", type.namespace().stream().resolve(data));
        }
        assertEquals(
                new PresenceRule("viewer:joined", "viewer:left", FieldPath.compile("data.userId")), guilds.presence());
    }

    @Test
    void aPlayersOwnRoomsAndGamesAreFollowedOnConnecting() {
        for (String stream : List.of("player:p-1", "room:42", "game:7")) {
            assertTrue(packs.namespaceOf(stream).auto(), stream);
        }
        assertEquals("sub", packs.namespaceOf("player:p-1").accessClaim());
        assertEquals("rooms", packs.namespaceOf("room:42").accessClaim());
        assertEquals("games", packs.namespaceOf("game:7").accessClaim());
        assertEquals("room:joined", packs.namespaceOf("room:42").presence().join());
    }

    @Test
    void onlyAdminsMayPublishPresenceEvents() {
        for (String told : List.of("viewer:joined", "viewer:left", "room:joined", "room:left")) {
            for (String role : packs.rights().roles()) {
                assertEquals(
                        role.equals("admin"), packs.rights().mayPublish(Set.of(role), type(told)), role + " " + told);
            }
        }
    }

    @Test
    void eachSpeaksForThoseItShould() {
        assertTrue(packs.rights().maySource(Set.of("bot"), "bot-1", "discord/shard-3"));
        assertFalse(packs.rights().maySource(Set.of("moderator"), "m-1", "discord/shard-3"));
        assertTrue(packs.rights().maySource(Set.of("referee"), "r-1", "game/tetris"));
        assertFalse(packs.rights().maySource(Set.of("player"), "p-1", "game/tetris"));
        assertFalse(packs.rights().mayPublish(Set.of("player"), type("game:finished")));
        assertFalse(packs.rights().mayPublish(Set.of("member"), type("moderation:banned")));
        assertTrue(packs.rights().mayPublish(Set.of("moderator"), type("moderation:banned")));
    }

    private static EventType type(String name) {
        EventType type = packs.type(name);
        assertNotNull(type, name);
        return type;
    }
}
