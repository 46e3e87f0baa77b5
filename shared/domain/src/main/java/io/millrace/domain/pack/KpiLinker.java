package io.millrace.domain.pack;

import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.Kpi;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Links the KPIs of all packs to the types whose events they count. */
final class KpiLinker {
    private final Map<String, Pack.KpiDecl> kpis;
    private final Map<String, Pack.Type> types;
    private final FieldPathCheck paths;
    private final List<ConfigurationError> problems;

    KpiLinker(
            Map<String, Pack.KpiDecl> kpis,
            Map<String, Pack.Type> types,
            FieldPathCheck paths,
            List<ConfigurationError> problems) {
        this.kpis = kpis;
        this.types = types;
        this.paths = paths;
        this.problems = problems;
    }

    /** Adds a mistake for each KPI that can't be counted. */
    void check() {
        for (Pack.KpiDecl kpi : kpis.values()) {
            YamlNode of = kpi.of();
            if (of == null) {
                continue;
            }
            Pack.Type type = types.get(of.node().textValue());
            if (type == null) {
                problems.add(of.problem(
                        of.shown() + " is not a valid type",
                        Suggestions.closest(of.node().textValue(), types.keySet())));
            } else if (!type.durable()) {
                problems.add(of.problem(of.shown() + " isn't durable, so there is nothing to count"));
            } else if (kpi.function() != null) {
                YamlNode field = kpi.place().at(kpi.function().name().toLowerCase(Locale.ROOT));
                paths.kpiField(field, kpi.function(), kpi.field(), type);
            }
        }
    }

    /** The KPIs that nothing is wrong with. */
    List<Kpi> link(List<EventType> known) {
        Map<String, EventType> byName = new HashMap<>();
        known.forEach(type -> byName.put(type.name(), type));
        List<Kpi> whole = new ArrayList<>();
        kpis.forEach((name, kpi) -> {
            EventType type =
                    kpi.of() == null ? null : byName.get(kpi.of().node().textValue());
            if (type != null && kpi.function() != null && kpi.every() != null) {
                whole.add(new Kpi(
                        name,
                        kpi.function(),
                        kpi.field(),
                        type,
                        kpi.every(),
                        kpi.rollups(),
                        kpi.windows(),
                        kpi.zone()));
            }
        });
        return whole;
    }
}
