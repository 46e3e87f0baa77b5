package io.millrace.domain.pack;

import io.millrace.contracts.kpi.Rollup;
import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.model.FieldPath;
import io.millrace.domain.model.Kpi;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import io.millrace.domain.yaml.YamlObjectReader;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads one KPI of a pack. */
final class KpiReader {
    private static final ZoneId UTC = ZoneId.of("UTC");

    private KpiReader() {}

    static Pack.KpiDecl read(YamlNode place, ZoneId zone, List<ConfigurationError> problems) {
        YamlObjectReader section = YamlObjectReader.of(
                place,
                problems,
                "sum",
                "average",
                "min",
                "max",
                "distinct",
                "count",
                "of",
                "every",
                "rollups",
                "windows");
        if (section == null) {
            return new Pack.KpiDecl(place, null, null, null, null, Set.of(), Set.of(), zone);
        }
        List<Kpi.Function> functions = Arrays.stream(Kpi.Function.values())
                .filter(function -> section.has(lower(function)))
                .toList();
        if (functions.size() != 1) {
            problems.add(
                    place.problem("needs one of sum, average, min, max, distinct, count; has " + functions.size()));
        }
        Duration every = section.required("every") == null ? null : section.duration("every");
        return new Pack.KpiDecl(
                place,
                functions.size() == 1 ? functions.get(0) : null,
                field(section, functions),
                section.required("of") == null ? null : section.at("of"),
                every,
                set(section.texts("rollups"), Rollup.class, KpiReader::lower, "roll-up", problems),
                set(section.texts("windows"), Kpi.Window.class, Kpi.Window::text, "window", problems),
                zone);
    }

    private static @Nullable FieldPath field(YamlObjectReader section, List<Kpi.Function> functions) {
        FieldPath field = null;
        for (Kpi.Function function : functions) {
            boolean ofEveryEvent = function == Kpi.Function.COUNT && "*".equals(section.text("count"));
            field = ofEveryEvent ? null : section.path(lower(function));
        }
        return field;
    }

    /** The time zone of a pack: a region of the IANA database, whose rules Java and PostgreSQL both have. */
    static ZoneId zone(YamlObjectReader pack) {
        String name = pack.text("zone");
        if (name == null) {
            return UTC;
        }
        // An offset like UTC+2 means UTC-2 to PostgreSQL, as POSIX has it.
        if (!ZoneId.getAvailableZoneIds().contains(name) || !name.matches("UTC|[A-Za-z]+/[A-Za-z_/-]+")) {
            pack.wrong("zone", "\"" + name + "\" is not a time zone: a region like Europe/Berlin, or UTC");
            return UTC;
        }
        return ZoneId.of(name);
    }

    private static <E extends Enum<E>> Set<E> set(
            List<YamlNode> texts,
            Class<E> kind,
            Function<E, String> text,
            String what,
            List<ConfigurationError> problems) {
        Set<E> set = EnumSet.noneOf(kind);
        List<String> names = Arrays.stream(kind.getEnumConstants()).map(text).toList();
        for (YamlNode place : texts) {
            int index = names.indexOf(place.node().textValue());
            if (index >= 0) {
                set.add(kind.getEnumConstants()[index]);
            } else {
                problems.add(place.problem(
                        place.shown() + " is not a valid " + what + ": " + String.join(", ", names),
                        Suggestions.closest(place.node().textValue(), names)));
            }
        }
        return Collections.unmodifiableSet(set);
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
