package io.millrace.domain.pack;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.kpi.Rollup;
import io.millrace.domain.access.RolePresence;
import io.millrace.domain.model.EntityRule;
import io.millrace.domain.model.FieldPath;
import io.millrace.domain.model.Kpi;
import io.millrace.domain.model.MessageKind;
import io.millrace.domain.model.Namespace;
import io.millrace.domain.yaml.YamlNode;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The declarations of one file, before its names are looked up in the other files. */
public record Pack(
        String name,
        List<NamespaceDecl> namespaces,
        List<Type> types,
        List<RoleDecl> roles,
        List<KpiDecl> kpis,
        @Nullable PresenceDecl presence) {
    /** @param value null if there was something wrong with it; its name is known all the same */
    record NamespaceDecl(YamlNode place, String name, @Nullable Namespace value) {}

    /** @param namespace null if there was something wrong with it */
    record Type(
            YamlNode place,
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

    record RoleDecl(
            String name,
            List<Rule> see,
            List<Rule> publish,
            @Nullable Priority priority,
            List<String> sources,
            List<String> manage) {}

    /** A pattern of types, with its node. */
    record Rule(YamlNode place, String pattern, boolean own) {}

    /** Who of a role is there, and where that is asked for. */
    record PresenceDecl(YamlNode place, RolePresence value) {}

    /** @param of null if there was something wrong with it, as with the rest */
    record KpiDecl(
            YamlNode place,
            Kpi.@Nullable Function function,
            @Nullable FieldPath field,
            @Nullable YamlNode of,
            @Nullable Duration every,
            Set<Rollup> rollups,
            Set<Kpi.Window> windows,
            ZoneId zone) {}
}
