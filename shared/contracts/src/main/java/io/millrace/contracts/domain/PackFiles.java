package io.millrace.contracts.domain;

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
    public static Domains load(Path directory) throws InvalidConfiguration {
        return Domains.load(in(directory));
    }

    /** Every {@code *.yaml} of a directory, in the order of their names. */
    public static List<Path> in(Path directory) throws InvalidConfiguration {
        List<Path> files;
        try (Stream<Path> listed = Files.list(directory)) {
            files = listed.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted(Comparator.comparing(Path::toString))
                    .toList();
        } catch (IOException unreadable) {
            throw new InvalidConfiguration(
                    List.of(new Problem(directory.toString(), 0, "", "can't be listed: " + unreadable, null)));
        }
        if (files.isEmpty()) {
            throw new InvalidConfiguration(
                    List.of(new Problem(directory.toString(), 0, "", "holds no domain pack, no *.yaml", null)));
        }
        return files;
    }

    /** The schemas of all types in some packs, whatever else is wrong there. */
    public static List<Place> schemas(List<Path> files) {
        List<Place> schemas = new ArrayList<>();
        for (Path file : files) {
            YamlTree tree = YamlTree.read(file, new ArrayList<>());
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
