package io.millrace.domain;

import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.domain.yaml.YamlDocument;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Packs that tests read from disk. */
final class PackFixture {
    private PackFixture() {}

    static DomainModel load(Path directory) throws InvalidConfigurationException {
        try (Stream<Path> files = Files.list(directory)) {
            return load(files.sorted().toList());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    static DomainModel load(List<Path> files) throws InvalidConfigurationException {
        List<ConfigurationError> problems = new ArrayList<>();
        List<@Nullable YamlDocument> documents = new ArrayList<>();
        for (Path file : files) {
            try {
                documents.add(YamlDocument.parse(file.toString(), Files.readString(file), problems));
            } catch (IOException unreadable) {
                throw new UncheckedIOException(unreadable);
            }
        }
        return DomainModel.link(documents, problems);
    }
}
