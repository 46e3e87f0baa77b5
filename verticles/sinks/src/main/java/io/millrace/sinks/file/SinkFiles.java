package io.millrace.sinks.file;

import io.millrace.contracts.failure.MillraceException;
import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlDocument;
import io.millrace.domain.yaml.YamlNode;
import io.millrace.domain.yaml.YamlObjectReader;
import io.millrace.mapping.DocumentExpression;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.delivery.PrincipalReader;
import io.millrace.platform.delivery.ResumePoint;
import io.millrace.platform.settings.YamlFiles;
import io.millrace.sinks.kafka.KafkaSinkReader;
import io.millrace.sinks.message.ConfiguredSink;
import io.millrace.sinks.message.MessageBody;
import io.millrace.sinks.message.Sink;
import io.millrace.sinks.message.SinkMessage;
import io.millrace.sinks.message.StreamSelection;
import io.millrace.sinks.redis.RedisSinkReader;
import io.millrace.sinks.service.ServiceSinkReader;
import io.millrace.sinks.webhook.WebhookSinkReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the files of sinks. Belongs to one thread. */
public final class SinkFiles {
    /** It is a part of metrics, and of a URL. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    /** Reads the block that has a kind's name; none, with a mistake, if something is wrong. */
    private interface Kind {
        List<ConfiguredSink> read(YamlNode block, Sink sink, MessageBody body);
    }

    private final Map<String, Kind> kinds = new LinkedHashMap<>();
    private final @Nullable DomainModel domains;
    private final List<ConfigurationError> problems;

    /**
     * @param environment where the secrets are
     * @param domains the packs, whose streams and roles the files name; null if they couldn't be read
     * @param problems gets every mistake of every file
     */
    public SinkFiles(
            Map<String, String> environment, @Nullable DomainModel domains, List<ConfigurationError> problems) {
        this.domains = domains;
        this.problems = problems;
        kinds.put("kafka", new KafkaSinkReader(problems)::read);
        kinds.put("redis", new RedisSinkReader(environment, problems)::read);
        kinds.put("service", new ServiceSinkReader(problems)::read);
        kinds.put("webhook", new WebhookSinkReader(environment, problems)::read);
    }

    /** Reads every {@code *.yaml} of a folder; none if there is no such folder. */
    public List<ConfiguredSink> read(Path folder) {
        List<ConfiguredSink> sinks = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        for (Path file : Files.isDirectory(folder) ? YamlFiles.in(folder, problems) : List.<Path>of()) {
            YamlDocument document = YamlFiles.read(file, problems);
            if (document == null) {
                continue;
            }
            sinks.addAll(sinks(document.root()));
            YamlNode name = document.root().at("sink");
            if (!names.add(name.node().asText())) {
                problems.add(name.problem("is the name of another file's sink too"));
            }
        }
        return List.copyOf(sinks);
    }

    /** None, with a mistake, if something is wrong. */
    private List<ConfiguredSink> sinks(YamlNode root) {
        int before = problems.size();
        List<String> keys = new ArrayList<>(List.of("sink", "as", "streams", "types", "filter", "start", "message"));
        keys.addAll(kinds.keySet());
        YamlObjectReader block = YamlObjectReader.of(root, problems, keys.toArray(String[]::new));
        if (block == null) {
            return List.of();
        }
        String name = block.matching(block.required("sink"), "sink", NAME, "name of a sink");
        Principal reader = new PrincipalReader(domains, problems).read(root.at("as"), "seen");
        StreamSelection streams = new SelectionReader(domains, problems).read(block, reader);
        Sink sink = new Sink(Objects.requireNonNullElse(name, ""), reader, streams, start(block, streams));
        MessageBody body = new MessageBody(
                block.has("message")
                        ? DocumentExpression.block(block.at("message"), SinkMessage.NAMES, problems)
                        : null);
        String kindName = kind(root);
        Kind kind = kinds.get(kindName);
        List<ConfiguredSink> configured = kind == null ? List.of() : kind.read(root.at(kindName), sink, body);
        return problems.size() > before ? List.of() : configured;
    }

    /** The one key of the file that names a kind; a mistake, and empty, if there isn't one. */
    private String kind(YamlNode root) {
        List<String> found =
                kinds.keySet().stream().filter(key -> !root.at(key).empty()).toList();
        if (found.size() != 1) {
            problems.add(root.problem((found.isEmpty() ? "nothing says" : "says twice")
                    + " where messages go to; needed is one of " + String.join(", ", kinds.keySet())));
        }
        return found.isEmpty() ? "" : found.get(0);
    }

    private @Nullable ResumePoint start(YamlObjectReader block, StreamSelection streams) {
        String text = block.text("start");
        if (text == null || text.equals("latest")) {
            return null;
        }
        if (text.equals("earliest")) {
            return new ResumePoint.Beginning();
        }
        try {
            ResumePoint start = ResumePoint.parse(text);
            if (start instanceof ResumePoint.Told
                    && (streams.names().size() != 1 || !streams.prefixes().isEmpty())) {
                block.wrong("start", "is a position, which one stream has: name that stream alone");
            }
            if (!text.startsWith("s.")) {
                return start;
            }
        } catch (MillraceException unreadable) {
            // Told below.
        }
        block.wrong("start", block.at("start").shown() + " is neither latest, earliest, a time nor a position");
        return null;
    }
}
