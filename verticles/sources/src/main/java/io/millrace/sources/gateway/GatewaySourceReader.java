package io.millrace.sources.gateway;

import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import io.millrace.domain.yaml.YamlObjectReader;
import io.millrace.platform.settings.SecretVariable;
import io.millrace.sources.intake.Source;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads the block {@code gateway} of a source's file. Belongs to one thread. */
public final class GatewaySourceReader {
    private static final String API = "https://discord.com/api/v10";
    private static final int MAX_SHARDS = 1_000;
    private static final Map<String, String> PROPERTIES =
            Map.of("os", "linux", "browser", "millrace", "device", "millrace");

    private final Map<String, String> environment;
    private final List<ConfigurationError> problems;

    /**
     * @param environment where the token is
     * @param problems gets every mistake
     */
    public GatewaySourceReader(Map<String, String> environment, List<ConfigurationError> problems) {
        this.environment = environment;
        this.problems = problems;
    }

    /** Null, with a mistake, if something is wrong. */
    public @Nullable GatewaySource read(YamlNode place, Source source) {
        int before = problems.size();
        YamlObjectReader block = YamlObjectReader.of(
                place,
                problems,
                "token",
                "intents",
                "shards",
                "compress",
                "lifecycle",
                "properties",
                "api",
                "url",
                "plain");
        if (block == null) {
            return null;
        }
        boolean plain = block.flag("plain", false);
        GatewaySource gateway = new GatewaySource(
                source,
                token(block),
                intents(block),
                shards(block),
                properties(block),
                block.flag("lifecycle", false),
                new GatewaySource.Address(
                        Objects.requireNonNullElse(address(block, "api", "http", plain), API),
                        address(block, "url", "ws", plain),
                        block.flag("compress", false),
                        plain));
        byte[] identify = gateway.identify(gateway.shards()).encode().getBytes(StandardCharsets.UTF_8);
        if (identify.length > GatewaySource.MAX_PAYLOAD - 100) {
            problems.add(place.problem("token and properties are too long: with them a bot says who it is in "
                    + identify.length + " bytes, and the gateway reads at most " + GatewaySource.MAX_PAYLOAD));
        }
        return problems.size() == before ? gateway : null;
    }

    private String token(YamlObjectReader block) {
        String name = block.required("token");
        try {
            return name == null ? "" : SecretVariable.find(environment, name).read();
        } catch (IOException unusable) {
            block.wrong("token", String.valueOf(unusable.getMessage()));
            return "";
        }
    }

    /** A list of names, or Discord's number. */
    private long intents(YamlObjectReader block) {
        YamlNode at = block.at("intents");
        if (at.node().isIntegralNumber()) {
            return at.node().longValue();
        }
        long all = 0;
        for (YamlNode name : block.texts("intents")) {
            long bit = Intents.bit(name.node().textValue());
            if (bit == 0) {
                problems.add(name.problem(
                        name.shown() + " is no intent that Discord documents; its number may stand for all of them",
                        Suggestions.closest(name.node().textValue(), Intents.names())));
            }
            all |= bit;
        }
        if (at.empty()) {
            block.wrong("intents", "is missing: what the bot wants to be told");
        }
        return all;
    }

    private int shards(YamlObjectReader block) {
        YamlNode at = block.at("shards");
        if (at.empty()) {
            return 1;
        }
        if (!at.node().isInt() || at.node().intValue() < 1 || at.node().intValue() > MAX_SHARDS) {
            block.wrong("shards", at.shown() + " is not a number from 1 to " + MAX_SHARDS);
            return 1;
        }
        return at.node().intValue();
    }

    private Map<String, String> properties(YamlObjectReader block) {
        Map<String, String> all = new LinkedHashMap<>(PROPERTIES);
        if (block.has("properties")) {
            YamlObjectReader given = YamlObjectReader.of(block.at("properties"), problems, "os", "browser", "device");
            for (String name : PROPERTIES.keySet()) {
                String text = given == null ? null : given.text(name);
                if (text != null) {
                    all.put(name, text);
                }
            }
        }
        return Map.copyOf(all);
    }

    /** @param scheme without its s */
    private @Nullable String address(YamlObjectReader block, String key, String scheme, boolean plain) {
        String text = block.text(key);
        if (text == null) {
            return null;
        }
        String given = String.valueOf(scheme(text));
        if (given.equals(scheme) && !plain) {
            block.wrong(key, "is without TLS, which would show the token; for a test alone plain: true allows it");
        } else if (!given.equals(scheme + "s") && !given.equals(scheme)) {
            block.wrong(key, "is not " + scheme + "s://host");
        }
        return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }

    /** Null if the text is no address with a host. */
    private static @Nullable String scheme(String text) {
        try {
            URI uri = new URI(text);
            return uri.getHost() == null || uri.getRawUserInfo() != null ? null : uri.getScheme();
        } catch (URISyntaxException unreadable) {
            return null;
        }
    }
}
