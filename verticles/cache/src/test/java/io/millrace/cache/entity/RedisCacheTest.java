package io.millrace.cache.entity;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.cache.CacheSettings;
import io.millrace.cache.RealRedis;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.entity.EntityState.Level;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Position;
import io.millrace.platform.resilience.Breaker;
import io.millrace.redis.RedisSettings;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is kept in a real Redis, and what may not be replaced there. */
@Timeout(30)
class RedisCacheTest {
    @RegisterExtension
    static final RealRedis REDIS = new RealRedis();

    private static final EntityRef REF = new EntityRef("order", "orders", "o:1");
    private static final String KEY = "mr:entity:order:orders:o:1";

    private final Vertx vertx = Vertx.vertx();
    private RedisCache cache = cache(Duration.ofSeconds(60));

    @BeforeEach
    void empty() throws Exception {
        REDIS.ask(Command.FLUSHALL);
    }

    @AfterEach
    void end() throws Exception {
        RealRedis.done(vertx.close());
    }

    @Test
    void whatIsPutIsReadAsItWas() throws Exception {
        put(state(3, "{\"total\":1.50,\"name\":\"Zoë\"}"));
        EntityState found = found();
        assertNotNull(found);
        assertEquals(3, found.version());
        assertEquals("{\"total\":1.50,\"name\":\"Zoë\"}", new String(found.state(), StandardCharsets.UTF_8));
        assertEquals(new Position("k1", 3), found.position());
        assertEquals(REF, found.entity());
        assertEquals(Level.REDIS, found.level());
    }

    @Test
    void noTwoNamesShareAKeyWhateverColonsTheyHold() {
        List<EntityRef> names = List.of(
                new EntityRef("case", "guild:7", "1"),
                new EntityRef("case", "guild", "7:1"),
                new EntityRef("case", "guild%3A7", "1"),
                new EntityRef("case", "guild%3A", "7:1"),
                new EntityRef("case", "guild:", "7:1"));
        assertEquals(
                names.size(), names.stream().map(RedisCache::key).distinct().count());
    }

    @Test
    void anOlderVersionNeverReplacesANewer() throws Exception {
        put(state(10, "{\"v\":10}"));
        put(state(9, "{\"v\":9}"));
        assertEquals("10", REDIS.field(KEY, "version"));
        assertEquals("{\"v\":10}", REDIS.field(KEY, "state"));
    }

    @Test
    void anOlderVersionOfTheSameBatchDoesNotEither() throws Exception {
        RealRedis.done(cache.put(List.of(state(3, "{\"v\":3}"), state(2, "{\"v\":2}"))));
        assertEquals("{\"v\":3}", REDIS.field(KEY, "state"));
    }

    @Test
    void aDeletedEntityIsNoAnswerAndOlderOnesDoNotComeBack() throws Exception {
        put(state(1, "{\"v\":1}"));
        put(state(2, null));
        put(state(1, "{\"v\":1}"));
        assertNull(found());
        assertEquals("2", REDIS.field(KEY, "version"));
    }

    @Test
    void aVersionKnownOnlyByNumberIsFilledInWhenItsStateIsRead() throws Exception {
        put(state(2, null));
        put(state(2, "{\"v\":2}"));
        assertNotNull(found());
    }

    @Test
    void anEntityWithoutWritesExpires() throws Exception {
        cache = cache(Duration.ofSeconds(1));
        put(state(1, "{}"));
        assertTrue(REDIS.number(Command.PTTL, KEY) > 0);
        await().until(() -> found() == null);
    }

    @Test
    void aRedisThatForgotItsScriptsIsTaughtThemAgain() throws Exception {
        put(state(1, "{}"));
        REDIS.ask(Command.SCRIPT, "FLUSH");
        // The first to notice fails; what it held is written when it is read again.
        assertThrows(ExecutionException.class, () -> put(state(2, "{}")));
        put(state(2, "{}"));
        assertEquals("2", REDIS.field(KEY, "version"));
    }

    @Test
    void aRedisThatRefusesWritesWhenItIsFullOrGrowsForEverIsWarnedOf() throws Exception {
        assertEquals(List.of(), RealRedis.done(cache.settingWarnings()));
        try {
            REDIS.ask(Command.CONFIG, "SET", "maxmemory-policy", "noeviction");
            assertWarned("once Redis is full it takes no writes");
            REDIS.ask(Command.CONFIG, "SET", "maxmemory", "0");
            assertWarned("until its machine has no memory");
        } finally {
            REDIS.ask(Command.CONFIG, "SET", "maxmemory", "256mb");
            REDIS.ask(Command.CONFIG, "SET", "maxmemory-policy", "allkeys-lru");
        }
    }

    private void assertWarned(String consequence) throws Exception {
        List<String> warnings = RealRedis.done(cache.settingWarnings());
        assertEquals(1, warnings.size(), warnings::toString);
        assertTrue(warnings.get(0).contains(consequence), warnings::toString);
    }

    @Test
    void aForeignValueIsIgnoredAndReplaced() throws Exception {
        REDIS.ask(Command.SET, KEY, "garbage");
        assertNull(found());
        put(state(1, "{\"v\":1}"));
        assertNotNull(found());
        for (String version : List.of("x", "-1", "")) {
            REDIS.ask(Command.HSET, KEY, "version", version);
            assertNull(found());
        }
        REDIS.ask(Command.HSET, KEY, "version", "x");
        put(state(2, "{\"v\":2}"));
        assertNotNull(found());
        REDIS.ask(Command.HDEL, KEY, "at");
        assertNull(found());
        put(state(3, "{\"v\":3}"));
        REDIS.ask(Command.HSET, KEY, "version", "1000000");
        put(state(4, "{\"v\":4}"));
        assertEquals("1000000", REDIS.field(KEY, "version"));
        RealRedis.done(cache.replace(state(4, "{\"v\":4}")));
        assertEquals("4", REDIS.field(KEY, "version"));
    }

    private RedisCache cache(Duration ttl) {
        return new RedisCache(
                vertx,
                new CacheSettings(
                        RedisSettings.at(REDIS.uri()),
                        ttl,
                        0,
                        1 << 20,
                        Duration.ofSeconds(60),
                        1_000,
                        Duration.ofSeconds(2),
                        new Breaker.Limits(3, Duration.ofSeconds(1))),
                new SimpleMeterRegistry());
    }

    private void put(EntityState state) throws Exception {
        RealRedis.done(cache.put(List.of(state)));
    }

    private @Nullable EntityState found() throws Exception {
        return RealRedis.done(cache.get(REF));
    }

    private static EntityState state(long version, @Nullable String json) {
        byte[] state = json == null ? null : json.getBytes(StandardCharsets.UTF_8);
        return new EntityState(REF, version, state, new Position("k1", version), Level.NEAR);
    }
}
