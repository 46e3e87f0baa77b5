package io.millrace.domain;

import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.domain.yaml.YamlDocument;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Packs that tests read from disk. */
final class PackFixture {
    private PackFixture() {}

    static DomainModel load(Path directory) throws IOException, InvalidConfigurationException {
        try (Stream<Path> files = Files.list(directory)) {
            return load(files.sorted().toList());
        }
    }

    static DomainModel load(List<Path> files) throws IOException, InvalidConfigurationException {
        List<ConfigurationError> problems = new ArrayList<>();
        List<YamlDocument> documents = new ArrayList<>();
        for (Path file : files) {
            YamlDocument document = YamlDocument.parse(file.toString(), Files.readString(file), problems);
            if (document != null) {
                documents.add(document);
            }
        }
        return DomainModel.link(documents, documents.size() == files.size(), problems);
    }
}
