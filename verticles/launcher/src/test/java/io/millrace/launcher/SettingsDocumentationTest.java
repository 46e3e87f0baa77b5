package io.millrace.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.platform.settings.SettingInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code conf/millrace.yaml} is where an operator looks a setting up: it says what the program does, or the build fails. */
class SettingsDocumentationTest {
    private static final Path CONF = Path.of(System.getProperty("millrace.root", "../.."), "conf");
    private static final Pattern BLOCK = Pattern.compile("([a-z]+):");
    private static final Pattern SETTING = Pattern.compile("  (# )?([a-z.]+):( .*?)?\\s+# (.+)");

    private record Documented(String value, boolean live, String comment) {}

    @Test
    void everySettingIsDocumentedAndNothingElse() throws Exception {
        TreeSet<String> known = new TreeSet<>();
        known().forEach(setting -> known.add(setting.name()));
        assertEquals(known, new TreeSet<>(documented().keySet()));
    }

    @Test
    void everyDefaultIsTheProgramsOwn() throws Exception {
        Map<String, Documented> documented = documented();
        for (SettingInfo setting : known()) {
            Documented line = line(documented, setting);
            boolean optional = setting.kind().equals("secret")
                    || (setting.kind().equals("text") && setting.fallback().isEmpty());
            assertEquals(!optional, line.live, setting.name() + ": only what has no default is a comment");
            if (line.live) {
                assertEquals(setting.fallback(), line.value, setting.name());
            }
        }
    }

    @Test
    void everyCommentSaysTheRange() throws Exception {
        Map<String, Documented> documented = documented();
        for (SettingInfo setting : known()) {
            String comment = line(documented, setting).comment;
            String range = setting.kind().startsWith("one of ") ? setting.kind() : setting.range();
            assertTrue(comment.contains(range), () -> setting.name() + ": \"" + comment + "\" lacks " + range);
        }
    }

    @Test
    void aSecretIsNeverInTheFile() throws Exception {
        Map<String, Documented> documented = documented();
        for (SettingInfo setting : known()) {
            if (setting.kind().equals("secret")) {
                assertEquals("", line(documented, setting).value, setting.name());
            }
        }
    }

    private static Documented line(Map<String, Documented> documented, SettingInfo setting) {
        assertNotNull(documented.get(setting.name()), setting.name());
        return Objects.requireNonNull(documented.get(setting.name()));
    }

    /** The file as it is delivered, which thereby proves to be free of mistakes. */
    private static List<SettingInfo> known() throws Exception {
        return Configuration.load(CONF, List.of(), Map.of(), Map.of())
                .settings()
                .known();
    }

    private static Map<String, Documented> documented() throws IOException {
        Map<String, Documented> documented = new LinkedHashMap<>();
        String block = "";
        for (String line : Files.readAllLines(CONF.resolve("millrace.yaml"))) {
            Matcher begins = BLOCK.matcher(line);
            Matcher setting = SETTING.matcher(line);
            if (begins.matches()) {
                block = begins.group(1);
            } else if (setting.matches()) {
                String value = setting.group(3) == null ? "" : setting.group(3).strip();
                documented.put(
                        block + "." + setting.group(2),
                        new Documented(value.replaceAll("[\\[\\] ]", ""), setting.group(1) == null, setting.group(4)));
            } else {
                assertTrue(line.isBlank() || line.startsWith("#"), () -> "a setting has a comment beside it: " + line);
            }
        }
        return documented;
    }
}
