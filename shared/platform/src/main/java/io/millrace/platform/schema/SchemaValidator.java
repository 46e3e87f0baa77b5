package io.millrace.platform.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Error;
import com.networknt.schema.ExecutionContext;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Dialects;
import com.networknt.schema.format.Format;
import com.networknt.schema.path.NodePath;
import io.millrace.contracts.failure.MillraceException.Detail;
import io.millrace.contracts.text.Rfc3339;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.EventType;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The compiled JSON Schemas (2020-12) of all event types; {@code format} is checked. Safe from any thread. */
public final class SchemaValidator {
    private static final int MAX_ERRORS = 10;
    private final @Nullable Schema[] byType;

    public SchemaValidator(DomainModel domains) {
        SchemaRegistry registry = registry();
        byType = new Schema[domains.types().size()];
        for (EventType type : domains.types()) {
            JsonNode schema = type.schema();
            byType[type.index()] = schema == null ? null : registry.getSchema(schema);
        }
    }

    /** The validator accepts a space instead of the T. */
    private static final class DateTime implements Format {
        @Override
        public String getName() {
            return "date-time";
        }

        @Override
        public String getMessageKey() {
            return "format.date-time";
        }

        @Override
        public boolean matches(ExecutionContext context, String value) {
            try {
                Rfc3339.parse(value);
                return true;
            } catch (DateTimeException wrong) {
                return false;
            }
        }
    }

    private static SchemaRegistry registry() {
        Dialect dialect = Dialect.builder(Dialects.getDraft202012())
                .format(new DateTime())
                .build();
        return SchemaRegistry.withDialect(
                dialect,
                builder -> builder.schemaRegistryConfig(SchemaRegistryConfig.builder()
                        .formatAssertionsEnabled(true)
                        .build()));
    }

    /** Checks the schemas themselves: against the meta-schema, and whether they can be compiled. */
    public static List<ConfigurationError> check(Collection<YamlNode> schemas) {
        SchemaRegistry registry = registry();
        Schema meta = registry.getSchema(SchemaLocation.of(SpecificationVersion.DRAFT_2020_12.getDialectId()));
        List<ConfigurationError> problems = new ArrayList<>();
        for (YamlNode schema : schemas) {
            List<Error> errors = meta.validate(schema.node());
            for (Error error : errors) {
                problems.add(
                        place(schema, error.getInstanceLocation()).problem("no JSON Schema: " + error.getMessage()));
            }
            if (errors.isEmpty()) {
                try {
                    registry.getSchema(schema.node()).initializeValidators();
                } catch (SchemaException unusable) {
                    problems.add(schema.problem("no JSON Schema that can be used: " + unusable.getMessage()));
                }
            }
        }
        return problems;
    }

    private static YamlNode place(YamlNode schema, NodePath path) {
        YamlNode place = schema;
        for (int i = 0; i < path.getNameCount(); i++) {
            place = path.getElement(i) instanceof Integer index ? place.at(index) : place.at(path.getName(i));
        }
        return place;
    }

    /** The problems of the data; empty if there are none. */
    public List<Detail> check(EventType type, JsonNode data) {
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
