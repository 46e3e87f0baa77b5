package io.millrace.platform.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.millrace.contracts.cluster.NodeConfiguration.Setting;
import io.millrace.domain.yaml.InvalidConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What operators are shown of the settings. */
@NullUnmarked
class EffectiveSettingsTest {
    private static final String SECRET = "Xs3cr3tX";

    @TempDir
    private Path directory;

    private Settings settings(String yaml, Map<String, String> environment, Map<String, String> overrides)
            throws IOException, InvalidConfigurationException {
        return Settings.load(Files.writeString(directory.resolve("f.yaml"), yaml), environment, overrides);
    }

    private static Setting shown(Settings settings, String name) {
        return settings.effective().settings().stream()
                .filter(setting -> setting.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void eachSettingIsShownWithWhatCountsAndWhereItWasGiven() throws Exception {
        Settings settings = settings(
                """
                http:
                  port: 1
                  origins: [https://a.example, https://b.example]
                """,
                Map.of("MILLRACE_HTTP_LOOPS", "2", "MILLRACE_CLUSTER_DNS", ""),
                Map.of("http.idle", "75s"));
        settings.integer("http.port", 8080, 0, 65_535);
        settings.texts("http.origins", List.of());
        settings.integer("http.loops", 4, 1, 64);
        settings.duration("http.idle", Duration.ofSeconds(60), Duration.ofSeconds(1), Duration.ofHours(1));
        settings.text("http.host", "127.0.0.1");
        settings.optionalText("cluster.dns");
        String file = directory.resolve("f.yaml").toString();
        assertEquals(
                new Setting("http.port", "1", "8080", file + ":2", "whole number", "0 to 65535"),
                shown(settings, "http.port"));
        assertEquals(
                "https://a.example, https://b.example",
                shown(settings, "http.origins").value());
        assertEquals(
                new Setting("http.loops", "2", "4", "environment MILLRACE_HTTP_LOOPS", "whole number", "1 to 64"),
                shown(settings, "http.loops"));
        assertEquals("--set http.idle", shown(settings, "http.idle").source());
        assertEquals(
                new Setting("http.host", "127.0.0.1", "127.0.0.1", "default", "text", ""),
                shown(settings, "http.host"));
        assertEquals(new Setting("cluster.dns", null, "", "default", "text", ""), shown(settings, "cluster.dns"));
    }

    @Test
    void aSecretHasItsPlaceAndNothingOfItself() throws Exception {
        Path file = Files.writeString(directory.resolve(SECRET), SECRET);
        Settings settings =
                settings("", Map.of("MILLRACE_A_SECRET", SECRET, "MILLRACE_B_SECRET_FILE", file.toString()), Map.of());
        assertEquals(SECRET, settings.secret("a.secret"));
        assertEquals(SECRET, settings.secret("b.secret"));
        assertNull(settings.secret("c.secret"));
        assertEquals(
                new Setting("a.secret", null, "", "environment MILLRACE_A_SECRET", "secret", ""),
                shown(settings, "a.secret"));
        assertEquals(
                new Setting("b.secret", null, "", "environment MILLRACE_B_SECRET_FILE", "secret", ""),
                shown(settings, "b.secret"));
        assertEquals(new Setting("c.secret", null, "", "default", "secret", ""), shown(settings, "c.secret"));
        assertFalse(settings.effective().toString().contains(SECRET));
    }

    /** Where a secret doesn't belong, and may stand all the same. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgresql://millrace:Xs3cr3tX@db:5432/millrace",
                "postgresql://Xs3cr3tX@db/millrace",
                "postgresql://millrace:a/Xs3cr3tX@db/millrace",
                "postgresql://millrace:a@Xs3cr3tX@db/millrace",
                "postgresql://db/millrace?user=millrace&password=Xs3cr3tX",
                "postgresql://db/millrace?PASSWORD=Xs3cr3tX&sslmode=require",
                "postgresql://db/m?password=ab@Xs3cr3tX",
                "postgresql://db/m?user=m&password=ab;Xs3cr3tX",
                "postgresql://db/m?password=ab,Xs3cr3tX",
                "postgresql://db/m?password=ab&Xs3cr3tX=",
                "postgresql://db/m?password=ab Xs3cr3tX",
                "postgresql://me:Xs3cr3tX?b@db/m",
                "postgresql://me:Xs3cr3tX?token=b@db/m",
                "postgresql://me:Xs3cr3tX b@db/m",
                "redis://cache?password=ab@Xs3cr3tX",
                "host=db;password=ab@Xs3cr3tX",
                "host=db#password=ab#Xs3cr3tX",
                "redis://:Xs3cr3tX@cache:6379",
                "redis://cache:6379/0?password=Xs3cr3tX",
                "millrace:Xs3cr3tX@broker:9092,broker:9093",
                "broker:9092, u:Xs3cr3tX@broker:9093",
                "host=db password=Xs3cr3tX",
                "https://a.example/hook?api_key=Xs3cr3tX",
                "https://a.example/hook?access_token=Xs3cr3tX#x",
                "whsec_Xs3cr3tX",
                "eyJhbGciOiJIUzI1NiJ9.Xs3cr3tX.c2ln",
                "-----BEGIN PRIVATE KEY-----\nXs3cr3tX\n-----END PRIVATE KEY-----",
            })
    void noSecretLeavesByASettingThatIsNone(String text) throws Exception {
        for (Map<String, String> by :
                List.of(Map.of("MILLRACE_A_URI", text, "MILLRACE_A_LIST", text), Map.<String, String>of())) {
            Map<String, String> said = by.isEmpty() ? Map.of("a.uri", text, "a.list", text) : Map.of();
            Settings settings = settings("", by, said);
            settings.text("a.uri", "redis://127.0.0.1");
            settings.texts("a.list", List.of());
            assertFalse(settings.effective().toString().contains(SECRET), () -> settings.effective()
                    .toString());
        }
        Settings file = settings("a: { list: [\"" + text.replace("\n", "\\n") + "\"] }", Map.of(), Map.of());
        file.texts("a.list", List.of());
        assertFalse(file.effective().toString().contains(SECRET), () -> file.effective()
                .toString());
    }

    @Test
    void anAddressIsShownButForWhoSignsInThere() throws Exception {
        Settings settings = settings(
                "a: { uri: \"postgresql://me:pw@db:5432/millrace?sslmode=require&password=pw\" }", Map.of(), Map.of());
        settings.text("a.uri", "postgresql://millrace@127.0.0.1/millrace");
        settings.text("b.uri", "postgresql://millrace@127.0.0.1/millrace");
        Settings two = settings(
                "a: { list: [\"https://a.example/?key=pw\", \"me:p/w@b:1,c:2\", \"d\"], uri: \"redis://d?password=p@w\" }",
                Map.of(),
                Map.of());
        two.texts("a.list", List.of());
        two.text("a.uri", "");
        assertEquals(
                "https://a.example/?key=***, ***@b:1,c:2, d",
                shown(two, "a.list").value());
        assertEquals("redis://***", shown(two, "a.uri").value());
        assertEquals(
                "postgresql://***@db:5432/millrace?sslmode=require&password=***",
                shown(settings, "a.uri").value());
        assertEquals(
                "postgresql://millrace@127.0.0.1/millrace",
                shown(settings, "b.uri").value());
    }
}
