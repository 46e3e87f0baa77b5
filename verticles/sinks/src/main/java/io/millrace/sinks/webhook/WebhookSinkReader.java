package io.millrace.sinks.webhook;

import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import io.millrace.domain.yaml.YamlObjectReader;
import io.millrace.mapping.DocumentExpression;
import io.millrace.platform.settings.SecretVariable;
import io.millrace.sinks.message.ConfiguredSink;
import io.millrace.sinks.message.MessageBody;
import io.millrace.sinks.message.Sink;
import io.millrace.sinks.message.SinkMessage;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the block {@code webhook} of a sink's file. Belongs to one thread. */
public final class WebhookSinkReader {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    private final Map<String, String> environment;
    private final List<ConfigurationError> problems;

    /**
     * @param environment where the secrets are
     * @param problems gets every mistake
     */
    public WebhookSinkReader(Map<String, String> environment, List<ConfigurationError> problems) {
        this.environment = environment;
        this.problems = problems;
    }

    /** One for each endpoint; none, with a mistake, if something is wrong. */
    public List<ConfiguredSink> read(YamlNode place, Sink sink, MessageBody body) {
        YamlObjectReader block = YamlObjectReader.of(place, problems, "endpoints", "key");
        if (block == null) {
            return List.of();
        }
        DocumentExpression key = block.has("key")
                ? DocumentExpression.text(block.at("key"), SinkMessage.NAMES, problems)
                : DocumentExpression.ofName("stream");
        YamlNode endpoints = block.at("endpoints");
        if (!endpoints.node().isArray() || endpoints.node().isEmpty()) {
            block.wrong("endpoints", "is missing: a list of endpoints, each with name, url and secrets");
            return List.of();
        }
        List<ConfiguredSink> all = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (YamlNode endpoint : endpoints.children()) {
            ConfiguredSink read = endpoint(endpoint, sink, key, body, names);
            if (read != null) {
                all.add(read);
            }
        }
        return all;
    }

    private @Nullable ConfiguredSink endpoint(
            YamlNode place, Sink sink, DocumentExpression key, MessageBody body, Set<String> names) {
        YamlObjectReader block = YamlObjectReader.of(place, problems, "name", "url", "secrets");
        if (block == null) {
            return null;
        }
        String name = block.matching(block.required("name"), "name", NAME, "name of an endpoint");
        if (name != null && !names.add(name)) {
            block.wrong("name", "is the name of another endpoint too");
        }
        URI url = url(block);
        List<byte[]> secrets = secrets(block);
        if (name == null || url == null || secrets.isEmpty()) {
            return null;
        }
        Sink own = new Sink(sink.name() + "/" + name, sink.reader(), sink.streams(), sink.start());
        return new WebhookSink(own, url, new WebhookSigner(secrets), key, body);
    }

    private static @Nullable URI url(YamlObjectReader block) {
        String text = block.required("url");
        if (text == null) {
            return null;
        }
        try {
            URI url = new URI(text);
            if (Set.of("http", "https").contains(String.valueOf(url.getScheme()))
                    && url.getHost() != null
                    && url.getRawUserInfo() == null
                    && url.getRawFragment() == null) {
                return url;
            }
        } catch (URISyntaxException unreadable) {
            // Told below.
        }
        block.wrong("url", "is not https://host/path, without a user or a fragment");
        return null;
    }

    private List<byte[]> secrets(YamlObjectReader block) {
        List<byte[]> secrets = new ArrayList<>();
        List<YamlNode> names = block.texts("secrets");
        if (names.isEmpty()) {
            block.wrong("secrets", "is missing: a list of the environment variables that hold them");
        }
        for (YamlNode name : names) {
            try {
                secrets.add(WebhookSigner.secret(
                        SecretVariable.find(environment, name.node().textValue())
                                .read()));
            } catch (IOException unusable) {
                problems.add(name.problem(String.valueOf(unusable.getMessage())));
            } catch (IllegalArgumentException unreadable) {
                // Its message could quote the secret.
                problems.add(name.problem(
                        "holds a secret that is not base64 of 24 to 64 bytes, as Standard Webhooks has it"));
            }
        }
        return secrets;
    }
}
