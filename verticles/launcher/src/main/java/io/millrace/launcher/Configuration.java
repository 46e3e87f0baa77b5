package io.millrace.launcher;

import io.millrace.domain.DomainModel;
import io.millrace.domain.model.Namespace;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.ingest.IngestSettings;
import io.millrace.ingest.IngestStage;
import io.millrace.platform.auth.Issuer;
import io.millrace.platform.auth.IssuerFiles;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.node.Stage;
import io.millrace.platform.schema.SchemaValidator;
import io.millrace.platform.settings.PackFiles;
import io.millrace.platform.settings.Settings;
import io.millrace.sinks.SinksSettings;
import io.millrace.sources.SourcesSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The whole configuration of a node, read and checked before anything starts: every mistake of every file, of the
 * environment and of the command line is reported at once.
 *
 * @param issuers the issuers whose tokens are accepted besides Millrace's own
 * @param stages the factories of the stages, in event order
 */
public record Configuration(
        Settings settings,
        NodeSettings node,
        List<Issuer> issuers,
        DomainModel domains,
        Map<String, Function<NodeContext, Stage>> stages) {

    /**
     * @param conf the folder with {@code millrace.yaml}, {@code domains/}, {@code issuers/}, {@code sources/} and {@code sinks/}
     * @param packs the files and folders of domain packs; empty for those in {@code conf}
     * @param overrides the values of the command line, by setting
     * @throws InvalidConfigurationException with every mistake
     */
    public static Configuration load(
            Path conf, List<Path> packs, Map<String, String> environment, Map<String, String> overrides)
            throws InvalidConfigurationException {
        List<ConfigurationError> problems = new ArrayList<>();
        List<Path> files = packs(conf, packs, problems);
        DomainModel domains = domains(files, problems);
        Path file = conf.resolve("millrace.yaml");
        Settings settings = Settings.load(Files.exists(file) ? file : null, environment, overrides);
        NodeSettings node = NodeSettings.from(settings);
        List<Issuer> issuers = issuers(conf.resolve("issuers"), environment, node, domains, problems);
        if (issuers.isEmpty() && !node.auth().own()) {
            settings.refuse("auth.own.tokens", "is false, and no file in " + conf + "/issuers says whose tokens count");
        }
        Map<String, Function<NodeContext, Stage>> stages = new LinkedHashMap<>();
        // The settings of all stages, deployed here or not: one file serves all nodes.
        SourcesSettings sources = SourcesSettings.read(conf.resolve("sources"), environment, domains, problems);
        SinksSettings sinks = SinksSettings.read(conf.resolve("sinks"), environment, domains, problems);
        for (Stage.Kind<?> kind : Stages.inEventOrder(sources, sinks)) {
            stages.put(kind.name(), kind.prepare(settings));
        }
        try {
            settings.check();
        } catch (InvalidConfigurationException invalid) {
            problems.addAll(invalid.problems());
        }
        if (domains != null) {
            problems.addAll(IngestStage.check(domains, node.http().maxBody()));
        }
        problems.addAll(SchemaValidator.check(PackFiles.schemas(files)));
        if (domains == null || !problems.isEmpty()) {
            throw new InvalidConfigurationException(problems);
        }
        return new Configuration(
                settings, node, issuers, domains.withMaxEvent(IngestSettings.maxEvent(settings)), stages);
    }

    private static List<Issuer> issuers(
            Path folder,
            Map<String, String> environment,
            NodeSettings node,
            @Nullable DomainModel domains,
            List<ConfigurationError> problems) {
        Set<String> claims = new TreeSet<>();
        if (domains != null) {
            domains.namespaces().stream()
                    .map(Namespace::accessClaim)
                    .filter(Objects::nonNull)
                    .forEach(claims::add);
        }
        Set<String> roles = domains == null ? Set.of() : domains.rights().roles();
        return new IssuerFiles(
                        environment,
                        node.auth().keys(),
                        roles,
                        claims,
                        node.auth().own(),
                        problems)
                .read(folder);
    }

    /**
     * The linked packs alone, for a command that needs no secret and starts nothing.
     *
     * @param packs as for {@link #load}
     * @throws InvalidConfigurationException with every mistake in them
     */
    public static DomainModel domains(Path conf, List<Path> packs) throws InvalidConfigurationException {
        List<ConfigurationError> problems = new ArrayList<>();
        DomainModel domains = domains(packs(conf, packs, problems), problems);
        if (domains == null || !problems.isEmpty()) {
            throw new InvalidConfigurationException(problems);
        }
        return domains;
    }

    /** The files of the named packs, and all files of named folders; those of the configuration if none is named. */
    private static List<Path> packs(Path conf, List<Path> named, List<ConfigurationError> problems) {
        List<Path> files = new ArrayList<>();
        for (Path pack : named.isEmpty() ? List.of(conf.resolve("domains")) : named) {
            try {
                files.addAll(named.isEmpty() || Files.isDirectory(pack) ? PackFiles.in(pack) : List.of(pack));
            } catch (InvalidConfigurationException invalid) {
                problems.addAll(invalid.problems());
            }
        }
        return files;
    }

    private static @Nullable DomainModel domains(List<Path> files, List<ConfigurationError> problems) {
        try {
            return files.isEmpty() ? null : PackFiles.load(files);
        } catch (InvalidConfigurationException invalid) {
            problems.addAll(invalid.problems());
            return null;
        }
    }
}
