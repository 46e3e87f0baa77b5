package io.millrace.sinks.service;

import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import io.millrace.domain.yaml.YamlObjectReader;
import io.millrace.sinks.message.ConfiguredSink;
import io.millrace.sinks.message.MessageBody;
import io.millrace.sinks.message.Sink;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/** Reads the block {@code service} of a sink's file. Belongs to one thread. */
public final class ServiceSinkReader {
    /** As of handlers: no address of Millrace's own begins so. */
    private static final Pattern ADDRESS = Pattern.compile("service\\.[A-Za-z0-9._-]{1,120}");

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final List<ConfigurationError> problems;

    /** @param problems gets every mistake */
    public ServiceSinkReader(List<ConfigurationError> problems) {
        this.problems = problems;
    }

    /** None, with a mistake, if something is wrong. */
    public List<ConfiguredSink> read(YamlNode place, Sink sink, MessageBody body) {
        YamlObjectReader block = YamlObjectReader.of(place, problems, "address", "timeout");
        if (block == null) {
            return List.of();
        }
        String address = block.matching(
                block.required("address"), "address", ADDRESS, "address of a service, which is service.…");
        Duration timeout = Objects.requireNonNullElse(block.duration("timeout"), TIMEOUT);
        return address == null ? List.of() : List.of(new ServiceSink(sink, address, timeout, body));
    }
}
