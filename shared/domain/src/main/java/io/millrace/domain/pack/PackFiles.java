package io.millrace.domain.pack;

import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.domain.yaml.YamlDocument;
import io.millrace.domain.yaml.YamlNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Domain packs as they lie on disk. */
public final class PackFiles {
    private PackFiles() {}

    /** The packs of a directory as one. */
    public static DomainModel load(Path directory) throws InvalidConfigurationException {
        return DomainModel.load(in(directory));
    }

    /** Every {@code *.yaml} of a directory, in the order of their names. */
    public static List<Path> in(Path directory) throws InvalidConfigurationException {
        List<Path> files;
        try (Stream<Path> listed = Files.list(directory)) {
            files = listed.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted(Comparator.comparing(Path::toString))
                    .toList();
        } catch (IOException unreadable) {
            throw new InvalidConfigurationException(List.of(
                    new ConfigurationError(directory.toString(), 0, "", "can't be listed: " + unreadable, null)));
        }
        if (files.isEmpty()) {
            throw new InvalidConfigurationException(List.of(
                    new ConfigurationError(directory.toString(), 0, "", "holds no domain pack, no *.yaml", null)));
        }
        return files;
    }

    /** The schemas of all types in some packs, whatever else is wrong there. */
    public static List<YamlNode> schemas(List<Path> files) {
        List<YamlNode> schemas = new ArrayList<>();
        for (Path file : files) {
            YamlDocument tree = YamlDocument.read(file, new ArrayList<>());
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
