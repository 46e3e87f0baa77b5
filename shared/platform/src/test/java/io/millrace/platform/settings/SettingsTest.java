package io.millrace.platform.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.domain.yaml.ByteSizes;
import io.millrace.domain.yaml.ConfigurationError;
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

@NullUnmarked
class SettingsTest {
    private enum Mode {
        AT_ONCE,
        LATER
    }

    @TempDir
    private Path directory;

    @Test
    void aValueComesFromTheCommandLineElseTheEnvironmentElseTheFileElseTheDefault() throws Exception {
        Settings settings = settings(
                """
                http: { port: 1, loops: 1, host: "::1" }
                """,
                Map.of("MILLRACE_HTTP_PORT", "2", "MILLRACE_HTTP_LOOPS", "2"),
                Map.of("http.port", "3"));
        assertEquals(3, settings.integer("http.port", 8080, 0, 65_535));
        assertEquals(2, settings.integer("http.loops", 4, 1, 64));
        assertEquals("::1", settings.text("http.host", "127.0.0.1"));
        assertEquals("none", settings.text("http.origin", "none"));
        settings.check();
    }

    @Test
    void eachKindIsReadFromTheFileAndFromTheEnvironmentAlike() throws Exception {
        Settings file = settings(
                """
                a:
                  number: 5_000_000_000
                  flag: true
                  wait: 500ms
                  size: 1MiB
                  list: [x, 2]
                  commas: x, 2
                  mode: at-once
                  port: "7000"
                  section:
                    # all of it commented out
                """,
                Map.of(),
                Map.of());
        Settings environment = settings(
                "",
                Map.of(
                        "MILLRACE_A_NUMBER", "5000000000",
                        "MILLRACE_A_FLAG", "true",
                        "MILLRACE_A_WAIT", "500ms",
                        "MILLRACE_A_SIZE", "1048576",
                        "MILLRACE_A_LIST", "x, 2,",
                        "MILLRACE_A_COMMAS", "x,2",
                        "MILLRACE_A_MODE", "at-once",
                        "MILLRACE_A_PORT", "7000"),
                Map.of());
        for (Settings settings : List.of(file, environment)) {
            assertEquals(5_000_000_000L, settings.longValue("a.number", 1, 0, Long.MAX_VALUE));
            assertTrue(settings.bool("a.flag", false));
            assertEquals(
                    Duration.ofMillis(500),
                    settings.duration("a.wait", Duration.ZERO, Duration.ZERO, Duration.ofDays(1)));
            assertEquals(1 << 20, settings.bytes("a.size", 0, 0, Long.MAX_VALUE));
            assertEquals(List.of("x", "2"), settings.texts("a.list", List.of()));
            assertEquals(List.of("x", "2"), settings.texts("a.commas", List.of()));
            assertEquals(Mode.AT_ONCE, settings.choice("a.mode", Mode.class, Mode.LATER));
            assertEquals(7000, settings.integer("a.port", 1, 1, 65_535));
            assertEquals("all", settings.text("a.section.what", "all"));
            assertNull(settings.optionalText("a.nothing"));
            settings.check();
        }
    }

    @Test
    void everyMistakeIsReportedAtOnceAndTheDefaultTakenMeanwhile() throws Exception {
        Settings settings = settings(
                """
                http:
                  port: 70000
                  prot: 80
                  idle: 75
                queue: 5
                batch:
                  mode: latr
                  list: [[1]]
                  host: [a]
                http.loops: 3
                """,
                Map.of(
                        "MILLRACE_BATCH_SIZE",
                        "1MB",
                        "MILLRACE_QUEUE_MAX_POL",
                        "5",
                        "MILLRACE_HOME",
                        "/opt",
                        "HOME",
                        "/"),
                Map.of("batch.on", "yes", "batch.no", "x"));
        assertEquals(8080, settings.integer("http.port", 8080, 0, 65_535));
        assertEquals(3, settings.integer("http.loops", 2, 1, 64));
        assertEquals(
                Duration.ofSeconds(75),
                settings.duration("http.idle", Duration.ofSeconds(75), Duration.ofSeconds(1), Duration.ofHours(1)));
        assertEquals(500, settings.integer("queue.maxPoll", 500, 1, 1000));
        assertEquals(Mode.LATER, settings.choice("batch.mode", Mode.class, Mode.LATER));
        assertEquals(List.of("d"), settings.texts("batch.list", List.of("d")));
        assertEquals("d", settings.text("batch.host", "d"));
        assertEquals(1024, settings.bytes("batch.size", 1024, 1, 1 << 20));
        assertFalse(settings.bool("batch.on", false));
        assertEquals(
                List.of(
                        "f.yaml:2 http.port: \"70000\" is not within 0 to 65535",
                        "f.yaml:4 http.idle: \"75\" is not a valid duration: a whole number and a unit, like 500ms, 10s, 15m,"
                                + " 12h or 30d",
                        "f.yaml:7 batch.mode: \"latr\" is none of at-once, later — did you mean \"later\"?",
                        "f.yaml:8 batch.list: holds something else than texts",
                        "f.yaml:9 batch.host: is a list where a text belongs",
                        "environment MILLRACE_BATCH_SIZE: \"1MB\" is not a valid amount of bytes: a whole number and B, KiB, MiB"
                                + " or GiB, like 512KiB",
                        "--set batch.on: is neither true nor false",
                        "f.yaml:3 http.prot: there is no such setting — did you mean \"http.port\"?",
                        "f.yaml:5 queue: is a block of maxPoll",
                        "environment MILLRACE_QUEUE_MAX_POL: there is no such setting — did you mean"
                                + " \"MILLRACE_QUEUE_MAX_POLL\"?",
                        "--set batch.no: there is no such setting — did you mean \"batch.on\"?"),
                problems(settings));
    }

    @Test
    void anOldNameOfASettingIsReportedWithTheNewOne() throws Exception {
        Settings settings = settings(
                "broadcast: { slow.max: 10s }",
                Map.of("MILLRACE_QUEUE_ACTS_MAX", "5"),
                Map.of("persistence.readers", "2"));
        settings.duration("broadcast.slow.timeout", Duration.ofSeconds(10), Duration.ofSeconds(1), Duration.ofHours(1));
        assertEquals(
                List.of(
                        "f.yaml:1 broadcast.\"slow.max\": was renamed to broadcast.slow.timeout",
                        "environment MILLRACE_QUEUE_ACTS_MAX: was renamed to MILLRACE_QUEUE_REDRIVE_MAX",
                        "--set persistence.readers: was renamed to persistence.read.pool.size"),
                problems(settings));
    }

    @Test
    void aSecretIsAFileOrTheEnvironmentAndNothingElse() throws Exception {
        Path file = Files.writeString(directory.resolve("key"), "s3cret\n");
        Settings good = settings("", Map.of("MILLRACE_A_KEY", "k", "MILLRACE_B_KEY_FILE", file.toString()), Map.of());
        assertEquals("k", good.secret("a.key"));
        assertEquals("s3cret", good.secret("b.key"));
        assertNull(good.secret("c.key"));
        good.check();

        Settings bad = settings(
                "a: { key: s3cret }",
                Map.of(
                        "MILLRACE_B_KEY",
                        "",
                        "MILLRACE_C_KEY",
                        "s3cret",
                        "MILLRACE_C_KEY_FILE",
                        file.toString(),
                        "MILLRACE_D_KEY_FILE",
                        "s3cret",
                        "MILLRACE_E_FILE",
                        "x"),
                Map.of("a.key", "s3cret"));
        assertNull(bad.secret("a.key"));
        assertNull(bad.secret("b.key"));
        assertEquals("s3cret", bad.secret("c.key"));
        assertNull(bad.secret("d.key"));
        List<String> problems = problems(bad);
        assertEquals(
                List.of(
                        "f.yaml:1 a.key: is a secret: set MILLRACE_A_KEY or, better, MILLRACE_A_KEY_FILE",
                        "--set a.key: is a secret: set MILLRACE_A_KEY or, better, MILLRACE_A_KEY_FILE",
                        "environment MILLRACE_B_KEY: is empty",
                        "environment MILLRACE_C_KEY_FILE: there is MILLRACE_C_KEY too; which one counts?",
                        "environment MILLRACE_D_KEY_FILE: names a file that can't be read: NoSuchFileException",
                        "environment MILLRACE_E_FILE: there is no such setting"),
                problems.stream()
                        .map(problem -> problem.replaceAll(" — .*", ""))
                        .toList());
        assertFalse(problems.toString().contains("s3cret"));
    }

    @Test
    void theServiceVariablesOfKubernetesAreNoSettings() throws Exception {
        Settings settings = settings(
                "",
                Map.of(
                        "MILLRACE_SERVICE_HOST", "10.0.0.1",
                        "MILLRACE_SERVICE_PORT_HTTP", "8080",
                        "MILLRACE_API_SERVICE_PORT", "8080",
                        "MILLRACE_API_PORT", "tcp://10.0.0.1:8080",
                        "MILLRACE_API_PORT_8080_TCP", "tcp://10.0.0.1:8080",
                        "MILLRACE_API_PORT_8080_TCP_ADDR", "10.0.0.1"),
                Map.of());
        settings.check();
        Settings misspelt = settings("", Map.of("MILLRACE_HTTTP_PORT", "80"), Map.of());
        misspelt.integer("http.port", 8080, 0, 65_535);
        assertEquals(1, problems(misspelt).size());
    }

    @Test
    void allThatIsAskedForIsKnown() throws Exception {
        Settings settings = settings("", Map.of(), Map.of());
        settings.bytes("http.body.max", 4L << 20, 1024, 64L << 20);
        settings.duration("http.idle", Duration.ofSeconds(75), Duration.ofSeconds(1), Duration.ofHours(1));
        settings.choice("a.mode", Mode.class, Mode.AT_ONCE);
        settings.texts("http.origins", List.of());
        settings.secret("a.key");
        // Two stages may share a setting.
        settings.secret("a.key");
        assertEquals(
                List.of(
                        new SettingInfo("http.body.max", "bytes", "4MiB", "1KiB to 64MiB"),
                        new SettingInfo("http.idle", "duration", "75s", "1s to 1h"),
                        new SettingInfo("a.mode", "one of at-once, later", "at-once", ""),
                        new SettingInfo("http.origins", "list", "", ""),
                        new SettingInfo("a.key", "secret", "", "")),
                settings.known());
    }

    @Test
    void twoPartsOfTheProgramCantMeanDifferentThingsByOneName() throws Exception {
        Settings settings = settings("", Map.of(), Map.of());
        settings.integer("queue.maxPoll", 1, 1, 2);
        assertThrows(IllegalStateException.class, () -> settings.integer("queue.maxPoll", 2, 1, 2));
        assertThrows(IllegalStateException.class, () -> settings.integer("queue.max.poll", 1, 1, 2));
    }

    @Test
    void aContradictionIsReportedAtOneOfTheValues() throws Exception {
        Settings settings = settings("a:\n  min: 5\n", Map.of(), Map.of());
        settings.integer("a.min", 1, 0, 9);
        settings.integer("a.max", 3, 0, 9);
        settings.refuse("a.min", "is more than a.max");
        settings.refuse("a.max", "is less than a.min");
        assertEquals(
                List.of("f.yaml:2 a.min: is more than a.max", "default a.max: is less than a.min"), problems(settings));
    }

    @Test
    void aMistakeThatSeveralStagesFindIsToldOnce() throws Exception {
        Settings settings = settings("a: { min: 2 }", Map.of(), Map.of());
        for (int stage = 0; stage < 3; stage++) {
            settings.integer("a.min", 1, 0, 10);
            settings.refuse("a.min", "is of no use");
        }
        assertEquals(
                1,
                assertThrows(InvalidConfigurationException.class, settings::check)
                        .problems()
                        .size());
    }

    @Test
    void aFileThatIsNamedMustBeThereAndBeYaml() throws Exception {
        Path nowhere = directory.resolve("nowhere.yaml");
        assertThrows(InvalidConfigurationException.class, () -> Settings.load(nowhere, Map.of(), Map.of()));
        assertThrows(InvalidConfigurationException.class, () -> settings("a: [", Map.of(), Map.of()));
        Settings twice = settings("a: 1\na: 2\n", Map.of(), Map.of());
        assertEquals(1, twice.integer("a", 0, 0, 9));
        assertEquals(List.of("f.yaml:2 a: stands here twice, first in line 1"), problems(twice));
        Settings.load(null, Map.of(), Map.of()).check();
        Settings list = settings("- a\n- b\n", Map.of(), Map.of());
        assertEquals(1, problems(list).size());
    }

    @Test
    void amountsOfBytesAreReadAndWritten() {
        for (String text : List.of("0B", "1B", "1KiB", "1500B", "512KiB", "1MiB", "3GiB")) {
            assertEquals(text, ByteSizes.text(ByteSizes.parse(text)));
        }
        assertEquals(65_536, ByteSizes.parse("65536"));
        assertEquals(Long.MAX_VALUE, ByteSizes.parse("999999999999GiB"));
        for (String text : List.of("", "MiB", "1MB", "-1", "1.5MiB", "1 MiB")) {
            assertNull(ByteSizes.parse(text), text);
        }
    }

    private Settings settings(String yaml, Map<String, String> environment, Map<String, String> overrides)
            throws IOException, InvalidConfigurationException {
        return Settings.load(Files.writeString(directory.resolve("f.yaml"), yaml), environment, overrides);
    }

    private List<String> problems(Settings settings) {
        return assertThrows(InvalidConfigurationException.class, settings::check).problems().stream()
                .map(ConfigurationError::toString)
                .map(problem -> problem.replace(directory + "/", ""))
                .toList();
    }
}
