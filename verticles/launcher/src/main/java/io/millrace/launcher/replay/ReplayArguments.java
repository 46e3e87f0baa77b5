package io.millrace.launcher.replay;

import io.millrace.launcher.replay.send.ReplayThrottle;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Parses the arguments of the command line. */
final class ReplayArguments {
    private static final Pattern TIME = Pattern.compile("(\\d{1,6})(s|m|h)");

    private ReplayArguments() {}

    /** {@code max}, {@code 60} or {@code 60x}. */
    static final class Speed implements ITypeConverter<Double> {
        @Override
        public Double convert(String text) {
            if (text.equals("max")) {
                return ReplayThrottle.MAX;
            }
            try {
                double speed = Double.parseDouble(text.endsWith("x") ? text.substring(0, text.length() - 1) : text);
                if (speed > 0 && speed < ReplayThrottle.MAX) {
                    return speed;
                }
            } catch (NumberFormatException noNumber) {
                // Reported below.
            }
            throw new TypeConversionException("\"" + text + "\" is neither max nor a number above 0");
        }
    }

    /** {@code 30s}, {@code 5m}, {@code 1h}. */
    static final class Time implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            Matcher time = TIME.matcher(text);
            if (!time.matches()) {
                throw new TypeConversionException("\"" + text + "\" is not a valid time like 30s, 5m or 1h");
            }
            return Duration.parse("PT" + time.group(1) + time.group(2).toUpperCase(Locale.ROOT));
        }
    }

    /** The format by the file's name; for an unknown extension a table if there is a mapping. */
    static boolean isTable(Path file, boolean mapped) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        String plain = name.endsWith(".gz") ? name.substring(0, name.length() - 3) : name;
        if (plain.endsWith(".csv")) {
            return true;
        }
        boolean json = plain.endsWith(".ndjson") || plain.endsWith(".jsonl") || plain.endsWith(".json");
        return mapped && !json;
    }
}
