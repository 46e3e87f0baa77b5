package io.millrace.cache;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntityQuery;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.entity.EntityState.Level;
import io.millrace.contracts.event.EntityRef;
import io.millrace.domain.DomainModel;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.resilience.Breaker;
import io.millrace.redis.RedisSettings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole stage between a stub of the database and a real Redis that is stopped, hung and emptied. */
@Timeout(60)
class CacheTest {
    @RegisterExtension
    static final RealRedis REDIS = new RealRedis();

    private static final EntityRef REF = new EntityRef("order", "orders", "o-1");
    private static final String KEY = "mr:entity:order:orders:o-1";
    /** So that a read comes past this node's memory. */
    private static final int NO_MEMORY = 0;

    private static final int MEMORY_BYTES = 1 << 20;

    private final Vertx vertx = Vertx.vertx();
    private final Bus bus = new Bus(vertx, Duration.ofSeconds(5));
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final CacheFixture database = new CacheFixture(bus);

    CacheTest() throws Exception {}

    @BeforeEach
    void empty() throws Exception {
        REDIS.ask(Command.FLUSHALL);
    }

    @AfterEach
    void end() throws Exception {
        RealRedis.done(vertx.close());
    }

    @Test
    void aCommitIsInRedisBeforeAnybodyAsks() throws Exception {
        start(NO_MEMORY);
        database.commit(REF, "{\"v\":1}");
        await().until(() -> "1".equals(REDIS.field(KEY, "version")));
        assertRead(1, "{\"v\":1}", Level.REDIS);
        assertEquals(0, database.reads());
        assertEquals(1, reads("redis"));
    }

    @Test
    void whatThisNodeSawItAnswersItself() throws Exception {
        start(100);
        database.commit(REF, "{\"v\":1}");
        await().until(() -> read(false).level() == Level.NEAR);
        database.commit(REF, "{\"v\":2}");
        await().until(() -> read(false).version() == 2);
        assertRead(2, "{\"v\":2}", Level.NEAR);
    }

    /** Large ones, then small ones: neither bound makes the other superfluous. */
    @ParameterizedTest
    @CsvSource({"200000, 100, 5", "10, 8, 8"})
    void whatIsInMemoryIsBoundedInEntitiesAndInBytes(int bytes, int entities, int most) throws Exception {
        start(entities);
        List<EntityRef> all = IntStream.range(0, 20)
                .mapToObj(i -> new EntityRef("order", "orders", "o-" + i))
                .toList();
        for (EntityRef ref : all) {
            database.commit(ref, "{\"v\":\"" + "x".repeat(bytes) + "\"}");
        }
        await().until(() -> "1".equals(REDIS.field("mr:entity:order:orders:o-19", "version")));
        int near = 0;
        for (EntityRef ref : all) {
            EntityState state = RealRedis.done(bus.request(Addresses.CACHE, new EntityQuery(ref, false)));
            near += state.level() == Level.NEAR ? 1 : 0;
        }
        assertTrue(near <= most, near + " of them in memory");
    }

    @Test
    void aFreshReadIsAnsweredByTheDatabase() throws Exception {
        start(100);
        database.commit(REF, "{\"v\":1}");
        await().until(() -> read(false).version() == 1);
        assertEquals(Level.DATABASE, read(true).level());
    }

    @Test
    void aDeletedEntityIsGoneEverywhere() throws Exception {
        start(100);
        database.commit(REF, "{\"v\":1}");
        await().until(() -> read(false).version() == 1);
        database.commit(REF, null);
        await().until(() -> read(false).version() == 2);
        assertNull(read(false).state());
        await().until(() -> "".equals(REDIS.field(KEY, "state")));
    }

    @Test
    void aReadThatWasOvertakenByACommitIsNotRemembered() throws Exception {
        start(100);
        database.commit(REF, "{\"v\":1}");
        await().until(() -> read(false).version() == 1);
        REDIS.ask(Command.FLUSHALL);
        Promise<Void> answer = Promise.promise();
        database.answersAfter(answer.future());
        Future<EntityState> slow =
                bus.request(Addresses.CACHE, new EntityQuery(new EntityRef("order", "orders", "o-2"), false));
        await().until(() -> database.reads() > 0);
        database.commit(new EntityRef("order", "orders", "o-2"), "{\"v\":1}");
        await().until(() -> REDIS.field("mr:entity:order:orders:o-2", "version") != null);
        answer.complete();
        assertEquals(0, RealRedis.done(slow).version());
        EntityState now = RealRedis.done(
                bus.request(Addresses.CACHE, new EntityQuery(new EntityRef("order", "orders", "o-2"), false)));
        assertEquals(1, now.version());
    }

    @Test
    void anEmptiedRedisIsFilledAgainByReads() throws Exception {
        start(NO_MEMORY);
        database.commit(REF, "{\"v\":1}");
        await().until(() -> "1".equals(REDIS.field(KEY, "version")));
        REDIS.ask(Command.FLUSHALL);
        assertRead(1, "{\"v\":1}", Level.DATABASE);
        await().until(() -> "1".equals(REDIS.field(KEY, "version")));
        assertRead(1, "{\"v\":1}", Level.REDIS);
    }

    @Test
    void whileRedisIsDeadTheDatabaseAnswers() throws Exception {
        start(NO_MEMORY);
        database.commit(REF, "{\"v\":1}");
        await().until(() -> "1".equals(REDIS.field(KEY, "version")));
        REDIS.kill();
        try {
            assertRead(1, "{\"v\":1}", Level.DATABASE);
            database.commit(REF, "{\"v\":2}");
            assertRead(2, "{\"v\":2}", Level.DATABASE);
            await().until(() -> breaker() == 2);
        } finally {
            REDIS.restart();
        }
        await().until(() -> read(false).level() == Level.REDIS);
        assertEquals(0, breaker());
        assertRead(2, "{\"v\":2}", Level.REDIS);
    }

    @Test
    void aRedisThatMissedACommitIsNotBelieved() throws Exception {
        start(NO_MEMORY);
        database.commit(REF, "{\"v\":1}");
        await().until(() -> "1".equals(REDIS.field(KEY, "version")));
        REDIS.fallSilent();
        try {
            assertRead(1, "{\"v\":1}", Level.DATABASE);
            // Not written to Redis, which still holds version 1.
            database.commit(REF, "{\"v\":2}");
            assertRead(2, "{\"v\":2}", Level.DATABASE);
        } finally {
            REDIS.speakAgain();
        }
        await().until(() -> {
            EntityState state = read(false);
            assertEquals(2, state.version());
            return state.level() == Level.REDIS;
        });
    }

    @Test
    void whatLayInRedisBeforeTheStartIsNotBelieved() throws Exception {
        database.commit(REF, "{\"v\":1}");
        REDIS.ask(Command.HSET, KEY, "version", "1", "state", "{\"old\":true}", "at", "k1:1 orders");
        start(NO_MEMORY);
        assertRead(1, "{\"v\":1}", Level.DATABASE);
    }

    @Test
    void aRedisThatSaysWhatItShouldNotIsNotBelieved() throws Exception {
        start(NO_MEMORY);
        database.commit(REF, "{\"v\":1}");
        await().until(() -> "1".equals(REDIS.field(KEY, "version")));
        String at = REDIS.field(KEY, "at");
        database.commit(REF, "{\"v\":2}");
        await().until(() -> "2".equals(REDIS.field(KEY, "version")));
        for (List<String> lie : List.of(
                List.of("version", "1", "state", "{\"v\":1}", "at", at),
                List.of("state", "{\"v\":3}"),
                List.of("version", "3", "state", "{\"v\":3}"),
                List.of("at", "k1:9 orders"))) {
            List<Object> write = new ArrayList<>(List.of(KEY));
            write.addAll(lie);
            REDIS.ask(Command.HSET, write.toArray());
            assertRead(2, "{\"v\":2}", Level.DATABASE);
            await().until(() -> "{\"v\":2}".equals(REDIS.field(KEY, "state")));
            await().until(() -> read(false).level() == Level.REDIS);
            assertRead(2, "{\"v\":2}", Level.REDIS);
        }
    }

    @Test
    void aResetOfAStreamRemovesItsEntities() throws Exception {
        start(NO_MEMORY);
        database.commit(REF, "{\"v\":1}");
        database.commit(REF, "{\"v\":2}");
        await().until(() -> "2".equals(REDIS.field(KEY, "version")));
        database.beginAnew(REF, "{\"anew\":1}");
        await().until(() -> read(false).version() == 1);
        await().until(() -> read(false).level() == Level.REDIS);
        assertRead(1, "{\"anew\":1}", Level.REDIS);
    }

    private void start(int memory) throws Exception {
        DomainModel domains = DomainModel.parse(
                "pack.yaml",
                """
                domain: test
                namespaces: { orders: { stream: orders } }
                types: { "order:created": { namespace: orders } }
                roles: { admin: { see: ["*"] } }
                """);
        TokenVerifier tokens = new TokenVerifier(vertx, new byte[32], Clock.systemUTC());
        NodeContext node = new NodeContext(vertx, bus, domains, tokens, metrics, new Health(), 1 << 20);
        CacheSettings settings = new CacheSettings(
                RedisSettings.at(REDIS.uri()),
                Duration.ofMinutes(1),
                memory,
                MEMORY_BYTES,
                Duration.ofMinutes(1),
                1_000,
                Duration.ofMillis(300),
                new Breaker.Limits(3, Duration.ofSeconds(1)));
        RealRedis.done(vertx.deployVerticle(new CacheVerticle(node, settings)));
    }

    private EntityState read(boolean fresh) throws Exception {
        return RealRedis.done(bus.request(Addresses.CACHE, new EntityQuery(REF, fresh)));
    }

    private void assertRead(long version, @Nullable String json, Level level) throws Exception {
        EntityState state = read(false);
        assertEquals(version, state.version());
        assertEquals(json, state.state() == null ? null : new String(state.state(), StandardCharsets.UTF_8));
        assertEquals(level, state.level());
    }

    private double breaker() {
        return metrics.get("millrace.cache.breaker.state")
                .tag("backend", "redis")
                .gauge()
                .value();
    }

    private double reads(String level) {
        return metrics.get("millrace.cache.reads").tag("level", level).counter().count();
    }
}
