package io.millrace.launcher;

import io.millrace.contracts.domain.Domains;
import io.millrace.contracts.domain.InvalidConfiguration;
import io.millrace.contracts.domain.PackFiles;
import io.millrace.contracts.domain.Problem;
import io.millrace.ingest.IngestSettings;
import io.millrace.ingest.IngestStage;
import io.millrace.platform.Node;
import io.millrace.platform.SchemaSet;
import io.millrace.platform.Stage;
import io.millrace.platform.settings.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a node is told, read and checked as a whole before anything starts: every mistake of every file, of the
 * environment and of the command line is reported at once.
 *
 * @param stages how each stage is made when the node is there, in event order
 */
record Configuration(Settings settings, NodeSettings node, Domains domains, Map<String, Function<Node, Stage>> stages) {

    /**
     * @param conf the folder with {@code millrace.yaml} and {@code domains/}
     * @param packs files and folders of domain packs instead of those in the folder; empty for those
     * @param overrides from the command line: setting to value
     * @throws InvalidConfiguration with every mistake
     */
    static Configuration load(
            Path conf, List<Path> packs, Map<String, String> environment, Map<String, String> overrides)
            throws InvalidConfiguration {
        List<Problem> problems = new ArrayList<>();
        List<Path> files = packs(conf, packs, problems);
        Domains domains = domains(files, problems);
        Path file = conf.resolve("millrace.yaml");
        Settings settings = Settings.load(Files.exists(file) ? file : null, environment, overrides);
        NodeSettings node = NodeSettings.from(settings);
        Map<String, Function<Node, Stage>> stages = new LinkedHashMap<>();
        // Every stage's settings, whichever run here: one file serves all nodes.
        for (Stage.Kind<?> kind : Stages.IN_EVENT_ORDER) {
            stages.put(kind.name(), kind.prepare(settings));
        }
        try {
            settings.check();
        } catch (InvalidConfiguration invalid) {
            problems.addAll(invalid.problems());
        }
        if (domains != null) {
            problems.addAll(IngestStage.check(domains, node.http().maxBody()));
        }
        problems.addAll(SchemaSet.check(PackFiles.schemas(files)));
        if (domains == null || !problems.isEmpty()) {
            throw new InvalidConfiguration(problems);
        }
        return new Configuration(settings, node, domains.withMaxEvent(IngestSettings.maxEvent(settings)), stages);
    }

    /** The files of the packs that are named, of folders all; of those in the configuration if none is. */
    private static List<Path> packs(Path conf, List<Path> named, List<Problem> problems) {
        List<Path> files = new ArrayList<>();
        for (Path pack : named.isEmpty() ? List.of(conf.resolve("domains")) : named) {
            try {
                files.addAll(named.isEmpty() || Files.isDirectory(pack) ? PackFiles.in(pack) : List.of(pack));
            } catch (InvalidConfiguration invalid) {
                problems.addAll(invalid.problems());
            }
        }
        return files;
    }

    private static @Nullable Domains domains(List<Path> files, List<Problem> problems) {
        try {
            return files.isEmpty() ? null : Domains.load(files);
        } catch (InvalidConfiguration invalid) {
            problems.addAll(invalid.problems());
            return null;
        }
    }
}
