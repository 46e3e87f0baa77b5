package io.millrace.sources.redis;

import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import io.millrace.domain.yaml.YamlObjectReader;
import io.millrace.platform.settings.RedisAddress;
import io.millrace.sources.intake.Source;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the block {@code redis} of a source's file. Belongs to one thread. */
public final class RedisSourceReader {
    private static final List<String> ONLY_STREAMS = List.of("group", "from", "field");

    private final Map<String, String> environment;
    private final List<ConfigurationError> problems;

    /**
     * @param environment where the password is
     * @param problems gets every mistake
     */
    public RedisSourceReader(Map<String, String> environment, List<ConfigurationError> problems) {
        this.environment = environment;
        this.problems = problems;
    }

    /** Null, with a mistake, if something is wrong. */
    public @Nullable RedisSource read(YamlNode place, Source source) {
        int before = problems.size();
        YamlObjectReader block = YamlObjectReader.of(
                place,
                problems,
                "uri",
                "password",
                "ca",
                "channels",
                "patterns",
                "sharded",
                "streams",
                "group",
                "from",
                "field");
        if (block == null) {
            return null;
        }
        RedisAddress address = RedisAddress.read(block, environment);
        RedisSource redis = new RedisSource(
                source,
                address,
                names(block, "channels"),
                names(block, "patterns"),
                names(block, "sharded"),
                streams(block, source.name()));
        if (!redis.subscribes() && redis.streams().names().isEmpty()) {
            problems.add(place.problem("says nothing to read: channels, patterns, sharded or streams"));
        }
        checkOnce(block, redis);
        return problems.size() == before ? redis : null;
    }

    private RedisSource.Streams streams(YamlObjectReader block, String source) {
        List<String> names = names(block, "streams");
        if (names.isEmpty()) {
            ONLY_STREAMS.stream().filter(block::has).forEach(key -> block.wrong(key, "is for streams only"));
        }
        String from = block.has("from") ? block.at("from").node().asText() : "$";
        if (!from.equals("$") && !from.equals("0")) {
            block.wrong("from", block.at("from").shown() + " is neither $ (what comes from now on) nor 0 (all)");
        }
        return new RedisSource.Streams(
                names,
                Objects.requireNonNullElse(block.text("group"), "millrace-" + source),
                from.equals("0"),
                block.text("field"));
    }

    private List<String> names(YamlObjectReader block, String key) {
        Set<String> seen = new HashSet<>();
        for (YamlNode name : block.texts(key)) {
            if (!seen.add(name.node().textValue())) {
                problems.add(name.problem("is there twice"));
            }
        }
        return block.at(key).node().isArray()
                ? block.texts(key).stream().map(name -> name.node().textValue()).toList()
                : List.of();
    }

    /** Redis sends a message once for each subscription that it matches. */
    private void checkOnce(YamlObjectReader block, RedisSource redis) {
        for (String channel : redis.channels()) {
            for (String pattern : redis.patterns()) {
                if (GlobPattern.matches(pattern, channel)) {
                    block.wrong(
                            "channels",
                            channel + " is matched by the pattern " + pattern
                                    + " too: each of its messages would come twice");
                }
            }
        }
    }
}
