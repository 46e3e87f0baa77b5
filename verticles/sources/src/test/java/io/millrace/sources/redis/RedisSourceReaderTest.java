package io.millrace.sources.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlDocument;
import io.millrace.mapping.DocumentMapping;
import io.millrace.mapping.MappingReader;
import io.millrace.platform.auth.Principal;
import io.millrace.sources.intake.Source;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedisSourceReaderTest {
    private final List<ConfigurationError> problems = new ArrayList<>();

    @Test
    void whatIsNotSaidHasItsDefault() {
        RedisSource read = read("redis: { streams: [orders] }");
        assertEquals(List.of(), problems);
        assertNotNull(read);
        assertNull(read.address().uri());
        assertNull(read.address().password());
        assertEquals(new RedisSource.Streams(List.of("orders"), "millrace-s", false, null), read.streams());
        assertFalse(read.subscribes());
    }

    @Test
    void everythingIsRead() {
        RedisSource read =
                read("redis: { uri: 'rediss://me@host:1', password: THE_PASSWORD, channels: [a], patterns: ['b.*'],"
                        + " sharded: [c], streams: [d], group: g, from: 0, field: f }");
        assertEquals(List.of(), problems);
        assertNotNull(read);
        assertEquals("secret", read.address().password());
        assertEquals(List.of("a"), read.channels());
        assertEquals(List.of("b.*"), read.patterns());
        assertEquals(List.of("c"), read.sharded());
        assertEquals(new RedisSource.Streams(List.of("d"), "g", true, "f"), read.streams());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {}                                                | says nothing to read: channels, patterns, sharded or streams
                    { channel: [a] }                                  | unknown; known here
                    { channels: [a, a] }                              | is there twice
                    { channels: [room.1], patterns: ['room.*'] }      | would come twice
                    { channels: [a], group: g }                       | is for streams only
                    { streams: [a], from: 5 }                         | is neither $ (what comes from now on) nor 0 (all)
                    { channels: [a], uri: 'http://host' }             | is not redis://host:port
                    { channels: [a], uri: 'redis://me:pw@host' }      | has a password: name its environment variable
                    { channels: [a], uri: 'redis://h?password=pw' }   | has a password: name its environment variable
                    { channels: [a], uri: 'redis://h?%70assword=pw' } | has a password: name its environment variable
                    { channels: [a], uri: 'redis://me@host' }         | names a user without a password
                    { channels: [a], uri: 'redis://host?user=me' }    | names a user without a password
                    { channels: [a], password: pw }                   | must be the name of an environment variable
                    { channels: [a], password: NONE }                 | there is neither NONE nor NONE_FILE
                    """)
    void aMistakeIsTold(String block, String told) {
        assertNull(read("redis: " + block));
        assertTrue(problems.toString().contains(told), problems::toString);
        assertFalse(problems.toString().contains("me:pw"), "no password is repeated");
    }

    @ParameterizedTest
    @CsvSource({
        "room.*, room.1, true",
        "room.*, rooms, false",
        "h?llo, hallo, true",
        "h[ae]llo, hillo, false",
        "h[^e]llo, hallo, true",
        "h[a-b]llo, hbllo, true",
        "a\\*b, a*b, true",
        "a\\*b, axb, false",
        "a.b, axb, false"
    })
    void patternsAreThoseOfRedis(String pattern, String channel, boolean matches) {
        assertEquals(matches, GlobPattern.matches(pattern, channel));
    }

    private @Nullable RedisSource read(String yaml) {
        YamlDocument document = Objects.requireNonNull(
                YamlDocument.parse("s.yaml", yaml + "\nevents: [ { type: t, id: x, data: {} } ]", problems));
        DocumentMapping mapping = MappingReader.ofDocuments(document.root(), "s", RedisSource.ATTRIBUTES, problems);
        Source source = new Source(
                "s", new Principal("s", Set.of("r"), new JsonObject(), Long.MAX_VALUE), mapping, Source.Unmapped.COUNT);
        return new RedisSourceReader(Map.of("THE_PASSWORD", "secret"), problems)
                .read(document.root().at("redis"), source);
    }
}
