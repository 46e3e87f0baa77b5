package io.millrace.ingest;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.NodePath;
import io.millrace.contracts.MillraceException.Detail;
import io.millrace.contracts.domain.Domains;
import io.millrace.contracts.domain.EventType;
import io.millrace.contracts.domain.Place;
import io.millrace.contracts.domain.Problem;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The compiled JSON Schemas (2020-12) of all event types. Safe from any thread. */
final class SchemaSet {
    private static final int MAX_ERRORS = 10;
    private final @Nullable Schema[] byType;

    SchemaSet(Domains domains) {
        SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
        byType = new Schema[domains.types().size()];
        for (EventType type : domains.types()) {
            JsonNode schema = type.schema();
            byType[type.index()] = schema == null ? null : registry.getSchema(schema);
        }
    }

    /** Checks the schemas themselves, against the JSON Schema of JSON Schemas. */
    static List<Problem> check(Domains domains) {
        SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
        Schema meta = registry.getSchema(SchemaLocation.of(SpecificationVersion.DRAFT_2020_12.getDialectId()));
        List<Problem> problems = new ArrayList<>();
        for (EventType type : domains.types()) {
            JsonNode schema = type.schema();
            if (schema == null) {
                continue;
            }
            for (Error error : meta.validate(schema)) {
                Place wrong = place(domains.place(type).at("schema"), error.getInstanceLocation());
                problems.add(wrong.problem("no JSON Schema: " + error.getMessage()));
            }
        }
        return problems;
    }

    private static Place place(Place schema, NodePath path) {
        Place place = schema;
        for (int i = 0; i < path.getNameCount(); i++) {
            place = path.getElement(i) instanceof Integer index ? place.at(index) : place.at(path.getName(i));
        }
        return place;
    }

    /** What is wrong with the data; empty if nothing is. */
    List<Detail> check(EventType type, JsonNode data) {
        Schema schema = byType[type.index()];
        if (schema == null) {
            return List.of();
        }
        List<Error> errors = schema.validate(data);
        if (errors.isEmpty()) {
            return List.of();
        }
        List<Detail> details = new ArrayList<>();
        for (Error error : errors.subList(0, Math.min(MAX_ERRORS, errors.size()))) {
            details.add(new Detail("/data" + error.getInstanceLocation(), error.getMessage()));
        }
        return details;
    }
}
