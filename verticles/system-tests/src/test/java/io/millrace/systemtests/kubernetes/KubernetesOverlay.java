package io.millrace.systemtests.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.millrace.systemtests.kubernetes.KubernetesFiles.Kustomization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** A folder of Kustomize that builds on others, read strictly. */
final class KubernetesOverlay {
    private final Path folder;
    private final Kustomization kustomization;
    private final List<HasMetadata> added = new ArrayList<>();
    /** Before the patches. */
    private final List<HasMetadata> all = new ArrayList<>();

    KubernetesOverlay(Path folder) throws IOException {
        this.folder = folder;
        kustomization = Kustomization.of(folder);
        for (String resource : kustomization.resources()) {
            Path path = folder.resolve(resource).normalize();
            if (Files.isDirectory(path)) {
                all.addAll(new KubernetesOverlay(path).all);
            } else {
                added.addAll(read(resource));
            }
        }
        for (String component : kustomization.components()) {
            added.addAll(new KubernetesOverlay(folder.resolve(component).normalize()).added);
        }
        all.addAll(added);
    }

    /** What stands in its own files, and in those of its components. */
    <T extends HasMetadata> List<T> added(Class<T> kind) {
        return added.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    List<HasMetadata> all() {
        return all;
    }

    Kustomization kustomization() {
        return kustomization;
    }

    /** The objects of one of its files. */
    List<HasMetadata> read(String file) throws IOException {
        return KubernetesFiles.read(Files.readString(folder.resolve(file)), folder.getFileName() + "/" + file);
    }

    /** The files that it names but doesn't have, and has but doesn't name. */
    Set<String> strayFiles() throws IOException {
        Set<String> stray = new TreeSet<>();
        for (String name : kustomization.named()) {
            if (!Files.exists(folder.resolve(name))) {
                stray.add(name);
            }
        }
        try (var there = Files.list(folder)) {
            there.map(file -> file.getFileName().toString())
                    .filter(name -> !kustomization.named().contains(name))
                    .forEach(stray::add);
        }
        return stray;
    }
}
