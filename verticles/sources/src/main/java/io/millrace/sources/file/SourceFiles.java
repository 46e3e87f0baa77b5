package io.millrace.sources.file;

import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.EventType;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlDocument;
import io.millrace.domain.yaml.YamlNode;
import io.millrace.domain.yaml.YamlObjectReader;
import io.millrace.mapping.MappingReader;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.delivery.PrincipalReader;
import io.millrace.platform.settings.YamlFiles;
import io.millrace.sources.gateway.GatewaySource;
import io.millrace.sources.gateway.GatewaySourceReader;
import io.millrace.sources.intake.ConfiguredSource;
import io.millrace.sources.intake.Source;
import io.millrace.sources.kafka.KafkaSourceReader;
import io.millrace.sources.postgres.PostgresSource;
import io.millrace.sources.postgres.PostgresSourceReader;
import io.millrace.sources.postgres.outbox.OutboxSource;
import io.millrace.sources.postgres.outbox.OutboxSourceReader;
import io.millrace.sources.redis.RedisSource;
import io.millrace.sources.redis.RedisSourceReader;
import io.millrace.sources.signature.SignatureReader;
import io.millrace.sources.webhook.WebhookSource;
import io.vertx.pgclient.PgConnectOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the files of sources. Belongs to one thread. */
public final class SourceFiles {
    /** It is a part of a URL, and of metrics. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    /**
     * What sources of a kind have of their own.
     *
     * @param attributes what comes beside a message of theirs
     * @param needsEvents whether the file has to describe events
     * @param reader reads the block that has the kind's name; returns null, with a mistake, if something is wrong
     */
    private record Kind(
            Set<String> attributes,
            boolean needsEvents,
            BiFunction<YamlNode, Source, @Nullable ConfiguredSource> reader) {}

    private final Map<String, Kind> kinds = new LinkedHashMap<>();
    private final Map<String, String> environment;
    private final @Nullable DomainModel domains;
    private final List<ConfigurationError> problems;

    /**
     * @param environment where the secrets are
     * @param domains the packs, whose types and roles the files name; null if they couldn't be read
     * @param problems gets every mistake of every file
     */
    public SourceFiles(
            Map<String, String> environment, @Nullable DomainModel domains, List<ConfigurationError> problems) {
        this.environment = environment;
        this.domains = domains;
        this.problems = problems;
        kinds.put("webhook", new Kind(Set.of(WebhookSource.DELIVERY, WebhookSource.EVENT), true, this::webhook));
        kinds.put("redis", new Kind(RedisSource.ATTRIBUTES, true, new RedisSourceReader(environment, problems)::read));
        kinds.put(
                "postgres",
                new Kind(PostgresSource.ATTRIBUTES, true, new PostgresSourceReader(environment, problems)::read));
        kinds.put(
                "outbox", new Kind(OutboxSource.ATTRIBUTES, true, new OutboxSourceReader(environment, problems)::read));
        kinds.put("kafka", new Kind(KafkaSourceReader.ATTRIBUTES, false, new KafkaSourceReader(problems)::read));
        kinds.put(
                "gateway",
                new Kind(GatewaySource.ATTRIBUTES, true, new GatewaySourceReader(environment, problems)::read));
    }

    private @Nullable ConfiguredSource webhook(YamlNode block, Source source) {
        SignatureReader.Read read = new SignatureReader(environment, problems).read(block);
        return read == null || read.signature() == null
                ? null
                : new WebhookSource(source, read.scheme(), read.signature());
    }

    /** Reads every {@code *.yaml} of a folder; none if there is no such folder. */
    public List<ConfiguredSource> read(Path folder) {
        List<ConfiguredSource> sources = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        Map<String, String> slots = new HashMap<>();
        for (Path file : Files.isDirectory(folder) ? YamlFiles.in(folder, problems) : List.<Path>of()) {
            YamlDocument document = YamlFiles.read(file, problems);
            if (document == null) {
                continue;
            }
            YamlNode root = document.root();
            ConfiguredSource source = source(root);
            if (source != null) {
                sources.add(source);
                checkSlot(source, root, slots);
            }
            if (!names.add(root.at("source").node().asText())) {
                problems.add(root.at("source").problem("is the name of another file's source too"));
            }
        }
        return List.copyOf(sources);
    }

    /** PostgreSQL tells each change of a slot once, so two sources would take them away from each other. */
    private void checkSlot(ConfiguredSource source, YamlNode root, Map<String, String> slots) {
        if (source instanceof PostgresSource postgres) {
            PgConnectOptions server = postgres.server().options();
            String slot = server.getHost() + ":" + server.getPort() + "/" + postgres.slot();
            String other = slots.putIfAbsent(slot, source.source().name());
            if (other != null) {
                problems.add(root.at("postgres")
                        .at("slot")
                        .problem("is " + postgres.slot() + ", the slot of the source " + other
                                + " too: a slot is for one source, so name another one"));
            }
        }
    }

    /** Null, with a mistake, if something is wrong. */
    @Nullable
    ConfiguredSource source(YamlNode root) {
        int before = problems.size();
        List<String> keys = new ArrayList<>(List.of("source", "as"));
        keys.addAll(kinds.keySet());
        keys.addAll(List.of("values", "skip", "rows", "events", "unmapped"));
        YamlObjectReader block = YamlObjectReader.of(root, problems, keys.toArray(String[]::new));
        if (block == null) {
            return null;
        }
        String given = block.matching(block.required("source"), "source", NAME, "name of a source");
        String name = Objects.requireNonNullElse(given, "");
        Principal publisher = new PrincipalReader(domains, problems).read(root.at("as"), "published");
        String kindName = kind(root);
        Kind kind = kinds.get(kindName);
        Set<String> attributes = kind == null ? Set.of() : kind.attributes();
        if (kind != null && kind.needsEvents() && root.at("events").empty()) {
            problems.add(root.at("events").problem("no event is described"));
        }
        Source.Unmapped unmapped = block.choice("unmapped", "answer", Source.Unmapped.class);
        Source source = new Source(
                name,
                publisher,
                MappingReader.ofDocuments(root, name, attributes, problems),
                Objects.requireNonNullElse(unmapped, Source.Unmapped.COUNT));
        checkRights(source, root);
        ConfiguredSource configured = kind == null ? null : kind.reader().apply(root.at(kindName), source);
        return problems.size() > before ? null : configured;
    }

    /** The one key of the file that names a kind; a mistake, and empty, if there isn't one. */
    private String kind(YamlNode root) {
        List<String> found =
                kinds.keySet().stream().filter(key -> !root.at(key).empty()).toList();
        if (found.size() != 1) {
            problems.add(root.problem((found.isEmpty() ? "nothing says" : "says twice")
                    + " where messages come from; needed is one of " + String.join(", ", kinds.keySet())));
        }
        return found.isEmpty() ? "" : found.get(0);
    }

    /** What the packs would refuse with every delivery is a mistake of the file. */
    private void checkRights(Source source, YamlNode root) {
        if (domains == null) {
            return;
        }
        String name = source.name();
        String user = source.publisher().user();
        Set<String> roles = source.publisher().roles();
        boolean itsOwn = !root.at("events").empty();
        if (itsOwn && !name.isEmpty() && !user.isEmpty() && !domains.rights().maySource(roles, user, name)) {
            problems.add(root.at("source")
                    .problem("none of the roles may publish with the source " + name
                            + ": a pack lists it in sources of a role, or the user has the same name"));
        }
        List<String> known = domains.types().stream().map(type -> type.name()).toList();
        YamlNode events = root.at("events");
        for (YamlNode rule : events.node().isArray() ? events.children() : List.<YamlNode>of()) {
            String typeName = rule.at("type").node().asText();
            EventType type = domains.type(typeName);
            if (type == null && !typeName.isBlank()) {
                problems.add(rule.at("type")
                        .problem("\"" + typeName + "\" is no type of the packs", Suggestions.closest(typeName, known)));
            } else if (type != null && !roles.isEmpty() && !domains.rights().mayPublish(roles, type)) {
                problems.add(rule.at("type").problem("none of the roles may publish " + typeName));
            }
        }
    }
}
