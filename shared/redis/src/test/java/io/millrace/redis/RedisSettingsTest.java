package io.millrace.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.platform.settings.RedisAddress;
import io.millrace.platform.settings.Settings;
import io.vertx.redis.client.RedisClientType;
import io.vertx.redis.client.RedisOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedisSettingsTest {
    private static final RedisAddress NONE = new RedisAddress(null, null, null);

    @Test
    void eachHostIsAnEndpointWithTheSameUserAndScheme() throws Exception {
        RedisOptions options = read(
                        Map.of("MILLRACE_REDIS_PASSWORD", "s3cret"),
                        "redis.uri",
                        "rediss://millrace@a:1,b:2,[::1]:3/0",
                        "redis.mode",
                        "sentinel")
                .options();
        assertEquals(List.of("rediss://a:1/0", "rediss://b:2/0", "rediss://[::1]:3/0"), options.getEndpoints());
        assertEquals("millrace", options.getUser());
        assertEquals(RedisClientType.SENTINEL, options.getType());
        assertEquals("mymaster", options.getMasterName());
        assertTrue(options.getNetClientOptions().isSsl());
    }

    @Test
    void aFileThatNamesAServerGetsThatAndNeverTheNodesPassword() throws Exception {
        RedisSettings node = read(Map.of("MILLRACE_REDIS_PASSWORD", "s3cret"), "redis.uri", "redis://a:1");
        RedisAddress other = new RedisAddress("redis://b:2", null, null);
        assertEquals(List.of("redis://b:2"), node.options(other).getEndpoints());
        assertEquals(null, node.options(other).getPassword());
        assertEquals("s3cret", node.options(NONE).getPassword());
        assertEquals(
                "its own", node.options(new RedisAddress(null, "its own", null)).getPassword());
        assertEquals("b:2", node.place(other));
        assertEquals("a:1", node.place(NONE));
        assertFalse(node.toString().contains("s3cret"));
    }

    @Test
    void whoPublishesNeedsOneNodeOfAClusterAlone() throws Exception {
        RedisSettings cluster = read(Map.of(), "redis.uri", "redis://a:1,b:2", "redis.mode", "cluster");
        assertEquals(RedisClientType.STANDALONE, cluster.publisher(NONE).getType());
        assertEquals(1, cluster.publisher(NONE).getEndpoints().size());
        assertEquals(RedisClientType.CLUSTER, cluster.options(NONE).getType());
    }

    @ParameterizedTest
    @CsvSource({
        "'redis://a,b', single, '', say in redis.mode",
        "'redis://a,', cluster, '', is not redis://",
        "'http://a', single, '', is not redis://",
        "'a:6379', single, '', is not redis://",
        "'redis://u%zz@a', single, '', is not redis://",
        "'redis://me@a', single, '', 'default redis.password: is missing, and without it the client leaves out the user'",
        "'redis://a?db=1&password=old', single, '', prefers to redis.password",
        "'redis://a,b/0?%75ser=me', cluster, '', prefers to redis.password",
        "'redis://a', single, pom.xml, has no effect without rediss://",
        "'rediss://a', single, nowhere.crt, can't be read",
    })
    void aMistakeIsNamed(String uri, String mode, String ca, String words) {
        InvalidConfigurationException invalid = assertThrows(
                InvalidConfigurationException.class,
                () -> read(Map.of(), "redis.uri", uri, "redis.mode", mode, "redis.tls.ca", ca));
        assertTrue(invalid.problems().toString().contains(words), invalid.problems()::toString);
    }

    @Test
    void aUserHasAPasswordInTheUriOrInTheEnvironmentAndAPasswordNeedsNoUser() throws Exception {
        assertEquals("pw", read(Map.of(), "redis.uri", "redis://me:pw@a").password());
        assertEquals("pw", read(Map.of(), "redis.uri", "redis://:pw@a").password());
        RedisSettings both = read(Map.of("MILLRACE_REDIS_PASSWORD", "s3cret"), "redis.uri", "redis://me@a?db=1");
        assertEquals("me", both.user());
        assertEquals("s3cret", both.password());
    }

    @ParameterizedTest
    @CsvSource({
        "redis://a, , ca.pem, true",
        "rediss://a, , ca.pem, false",
        "redis://a, rediss://b, ca.pem, false",
        "redis://a, , , false",
    })
    void anAuthorityOfAFileIsRefusedWhereTheNodesOwnRedisHasNoTls(
            String node, @Nullable String uri, @Nullable Path ca, boolean refused) throws Exception {
        Settings settings = Settings.load(null, Map.of(), Map.of("redis.uri", node));
        RedisSettings.from(settings).checkAuthority(settings, new RedisAddress(uri, null, ca), "the sink feed");
        if (!refused) {
            settings.check();
            return;
        }
        InvalidConfigurationException invalid = assertThrows(InvalidConfigurationException.class, settings::check);
        assertEquals(1, invalid.problems().size());
        assertTrue(
                invalid.problems().toString().contains("redis.uri: is without TLS, so the ca of the sink feed has no"),
                invalid.problems()::toString);
    }

    private static RedisSettings read(Map<String, String> environment, String... values)
            throws InvalidConfigurationException {
        Map<String, String> set = new java.util.HashMap<>();
        for (int i = 0; i < values.length; i += 2) {
            if (!values[i + 1].isEmpty()) {
                set.put(values[i], values[i + 1]);
            }
        }
        Settings settings = Settings.load(null, environment, set);
        RedisSettings read = RedisSettings.from(settings);
        settings.check();
        return read;
    }
}
