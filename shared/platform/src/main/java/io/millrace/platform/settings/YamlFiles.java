package io.millrace.platform.settings;

import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlDocument;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads YAML files from disk. */
public final class YamlFiles {
    private YamlFiles() {}

    /** Every {@code *.yaml} of a folder, sorted by name; none, with a problem added, if it can't be listed. */
    public static List<Path> in(Path folder, List<ConfigurationError> problems) {
        try (Stream<Path> listed = Files.list(folder)) {
            return listed.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted(Comparator.comparing(Path::toString))
                    .toList();
        } catch (IOException unreadable) {
            problems.add(new ConfigurationError(folder.toString(), 0, "", "can't be listed: " + unreadable, null));
            return List.of();
        }
    }

    /**
     * Reads a file, UTF-8.
     *
     * @return null, with a problem added, if the file can't be read or isn't YAML
     */
    public static @Nullable YamlDocument read(Path file, List<ConfigurationError> problems) {
        try {
            return YamlDocument.parse(file.toString(), Files.readString(file), problems);
        } catch (NoSuchFileException gone) {
            problems.add(new ConfigurationError(file.toString(), 0, "", "there is no such file", null));
        } catch (IOException unreadable) {
            problems.add(
                    new ConfigurationError(file.toString(), 0, "", "can't be read as UTF-8 text: " + unreadable, null));
        }
        return null;
    }
}
