package io.millrace.sources.gateway;

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

class GatewaySourceReaderTest {
    private final List<ConfigurationError> problems = new ArrayList<>();

    @Test
    void whatIsNotSaidIsDiscords() {
        GatewaySource read = read("gateway: { token: T, intents: [GUILDS] }");
        assertEquals(List.of(), problems);
        assertNotNull(read);
        assertEquals("hunter2", read.token());
        assertEquals(1, read.intents());
        assertEquals(1, read.shards());
        assertFalse(read.lifecycle());
        assertEquals(new GatewaySource.Address("https://discord.com/api/v10", null, false, false), read.address());
    }

    @Test
    void everythingIsRead() {
        GatewaySource read = read("gateway: { token: T, intents: 33281, shards: 4, compress: true, lifecycle: true,"
                + " properties: { os: mine }, api: 'https://a/api/', url: 'wss://b' }");
        assertEquals(List.of(), problems);
        assertNotNull(read);
        assertEquals(33_281, read.intents());
        assertEquals(4, read.shards());
        assertTrue(read.lifecycle());
        assertEquals("mine", read.properties().get("os"));
        assertEquals("millrace", read.properties().get("device"));
        assertEquals(new GatewaySource.Address("https://a/api", "wss://b", true, false), read.address());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    { intents: [GUILDS] }                                        | token: is missing
                    { token: NONE, intents: [GUILDS] }                           | there is neither NONE nor NONE_FILE
                    { token: abc.def, intents: [GUILDS] }                        | must be the name of an environment variable
                    { token: T }                                                 | intents: is missing
                    { token: T, intents: [GUILD_MESAGES] }                       | is no intent that Discord documents
                    { token: T, intents: [GUILD_MESAGES] }                       | did you mean "GUILD_MESSAGES"
                    { token: T, intents: [GUILDS], shards: 0 }                   | is not a number from 1 to 1000
                    { token: T, intents: [GUILDS], url: 'ws://gateway' }         | is without TLS
                    { token: T, intents: [GUILDS], api: 'http://api' }           | is without TLS
                    { token: T, intents: [GUILDS], url: 'ftp://gateway' }        | is not wss://host
                    { token: T, intents: [GUILDS], url: 'wss://me:pw@gateway' }  | is not wss://host
                    { token: T, intents: [GUILDS], compres: true }               | did you mean "compress"
                    { token: T, intents: [GUILDS], properties: { o: a } }        | unknown; known here: os, browser, device
                    { token: LONG, intents: [GUILDS] }                           | are too long
                    """)
    void aMistakeIsTold(String block, String told) {
        assertNull(read("gateway: " + block));
        assertTrue(problems.toString().contains(told), problems::toString);
        assertFalse(problems.toString().contains("hunter2"), "the token isn't shown");
    }

    private @Nullable GatewaySource read(String yaml) {
        YamlDocument document = Objects.requireNonNull(
                YamlDocument.parse("s.yaml", yaml + "\nevents: [ { type: t, id: x, data: {} } ]", problems));
        DocumentMapping mapping = MappingReader.ofDocuments(document.root(), "s", GatewaySource.ATTRIBUTES, problems);
        Source source = new Source(
                "s", new Principal("s", Set.of("r"), new JsonObject(), Long.MAX_VALUE), mapping, Source.Unmapped.COUNT);
        return new GatewaySourceReader(Map.of("T", "hunter2", "LONG", "hunter2".repeat(1_000)), problems)
                .read(document.root().at("gateway"), source);
    }
}
