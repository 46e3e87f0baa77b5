package io.millrace.contracts.domain;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.Priority;
import io.millrace.contracts.Rollup;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What one file declares, before the names in it are looked up in all the others. */
record Pack(
        String name,
        List<Space> namespaces,
        List<Type> types,
        List<Rights> roles,
        List<Figure> kpis,
        @Nullable Attendance attendance) {
    /** @param value null if there was something wrong with it; its name is known all the same */
    record Space(Place place, String name, @Nullable Namespace value) {}

    /** @param namespace null if there was something wrong with it */
    record Type(
            Place place,
            @Nullable String namespace,
            Priority priority,
            MessageKind message,
            boolean durable,
            @Nullable FieldPath owner,
            @Nullable EntityRule entity,
            @Nullable JsonNode schema,
            @Nullable String handler,
            @Nullable Integer max) {
        String name() {
            return place.key();
        }
    }

    record Rights(
            String name,
            List<Rule> see,
            List<Rule> publish,
            @Nullable Priority priority,
            List<String> sources,
            List<String> manage) {}

    /** A pattern of types, and where it stands. */
    record Rule(Place place, String pattern, boolean own) {}

    /** Who of a role is there, and where that is asked for. */
    record Attendance(Place place, RolePresence value) {}

    /** @param of null if there was something wrong with it, as with the rest */
    record Figure(
            Place place,
            Kpi.@Nullable Function function,
            @Nullable FieldPath field,
            @Nullable Place of,
            @Nullable Duration every,
            Set<Rollup> rollups) {}
}
