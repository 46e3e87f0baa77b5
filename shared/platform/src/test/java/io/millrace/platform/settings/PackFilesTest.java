package io.millrace.platform.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.domain.yaml.InvalidConfigurationException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackFilesTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @Test
    void aDirectoryWithoutPacksIsAMistake() {
        assertEquals("holds no domain pack, no *.yaml", mistake(directory));
        assertEquals(
                "can't be listed: java.nio.file.NoSuchFileException: " + directory.resolve("nowhere"),
                mistake(directory.resolve("nowhere")));
    }

    @Test
    void aFileThatCannotBeReadIsAMistakeWithoutFurtherOnes() throws Exception {
        assertEquals("there is no such file", mistake(List.of(directory.resolve("nowhere.yaml"))));
        Path latin = Files.write(directory.resolve("a.yaml"), "domain: é\n".getBytes(StandardCharsets.ISO_8859_1));
        Files.writeString(directory.resolve("b.yaml"), "domain: b\ntypes: { \"a:x\": { namespace: n } }\n");
        String mistake = mistake(List.of(latin, directory.resolve("b.yaml")));
        assertTrue(mistake.startsWith("can't be read as UTF-8 text: "), mistake);
    }

    private static String mistake(Path directory) {
        return only(assertThrows(InvalidConfigurationException.class, () -> PackFiles.load(directory)));
    }

    private static String mistake(List<Path> files) {
        return only(assertThrows(InvalidConfigurationException.class, () -> PackFiles.load(files)));
    }

    private static String only(InvalidConfigurationException invalid) {
        assertEquals(1, invalid.problems().size(), invalid::getMessage);
        return invalid.problems().get(0).message();
    }
}
