package io.millrace.platform.settings;

import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.domain.yaml.YamlDocument;
import io.millrace.domain.yaml.YamlNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads domain packs from disk. */
public final class PackFiles {
    private PackFiles() {}

    /**
     * Reads the packs of a directory.
     *
     * @throws InvalidConfigurationException with every mistake of every file
     */
    public static DomainModel load(Path directory) throws InvalidConfigurationException {
        return load(in(directory));
    }

    /**
     * Reads the packs in some files.
     *
     * @throws InvalidConfigurationException with every mistake of every file
     */
    public static DomainModel load(List<Path> files) throws InvalidConfigurationException {
        List<ConfigurationError> problems = new ArrayList<>();
        List<YamlDocument> documents = new ArrayList<>();
        for (Path file : files) {
            YamlDocument document = YamlFiles.read(file, problems);
            if (document != null) {
                documents.add(document);
            }
        }
        return DomainModel.link(documents, documents.size() == files.size(), problems);
    }

    /** Every {@code *.yaml} of a directory, sorted by name. */
    public static List<Path> in(Path directory) throws InvalidConfigurationException {
        List<ConfigurationError> problems = new ArrayList<>();
        List<Path> files = YamlFiles.in(directory, problems);
        if (!problems.isEmpty()) {
            throw new InvalidConfigurationException(problems);
        }
        if (files.isEmpty()) {
            throw new InvalidConfigurationException(List.of(
                    new ConfigurationError(directory.toString(), 0, "", "holds no domain pack, no *.yaml", null)));
        }
        return files;
    }

    /** The schemas of all types in some packs, even if the packs have other mistakes. */
    public static List<YamlNode> schemas(List<Path> files) {
        List<YamlNode> schemas = new ArrayList<>();
        for (Path file : files) {
            YamlDocument tree = YamlFiles.read(file, new ArrayList<>());
            if (tree != null && tree.root().at("types").node().isObject()) {
                tree.root().at("types").children().stream()
                        .map(type -> type.at("schema"))
                        .filter(schema -> schema.node().isObject())
                        .forEach(schemas::add);
            }
        }
        return schemas;
    }
}
