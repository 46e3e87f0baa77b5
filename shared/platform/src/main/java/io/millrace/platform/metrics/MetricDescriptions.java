package io.millrace.platform.metrics;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.MeterFilter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** Gives each metric its description from {@code metrics.properties}. Safe from any thread. */
public final class MetricDescriptions implements MeterFilter {
    private static final String STAGE = "^millrace\\.[a-z]+\\.";

    private final Properties words = new Properties();

    public MetricDescriptions() {
        try (InputStream file =
                Objects.requireNonNull(MetricDescriptions.class.getResourceAsStream("metrics.properties"))) {
            words.load(file);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** The description of a metric; null if it has none. */
    public @Nullable String of(String name) {
        return words.getProperty(name, words.getProperty(name.replaceFirst(STAGE, "millrace.*.")));
    }

    @Override
    public Meter.Id map(Meter.Id id) {
        String help = of(id.getName());
        return help == null
                ? id
                : new Meter.Id(id.getName(), Tags.of(id.getTagsAsIterable()), id.getBaseUnit(), help, id.getType());
    }
}
