package io.millrace.dashboard.document;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.journey.Deliveries;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.EventType;
import io.millrace.platform.schema.ExampleEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The OpenAPI 3.1 document: documents/openapi.yaml with the failures and the events of the packs. */
public final class OpenApi {
    private OpenApi() {}

    public static ObjectNode of(DomainModel domains) {
        ObjectNode document = SharedSchemas.template("openapi.yaml");
        for (JsonNode path : document.path("paths")) {
            for (JsonNode operation : path) {
                if (operation instanceof ObjectNode known && known.remove("errors") instanceof ArrayNode codes) {
                    addErrors((ObjectNode) known.path("responses"), codes);
                }
            }
        }
        ObjectNode schemas = (ObjectNode) document.path("components").path("schemas");
        schemas.set("Code", SharedSchemas.codes());
        ObjectNode status = (ObjectNode) schemas.at("/Journey/properties/delivery/items/properties/outcome");
        Arrays.stream(Deliveries.DeliveryStatus.values())
                .map(Deliveries.DeliveryStatus::wire)
                .forEach(status.putArray("enum")::add);
        addEvents(schemas, domains);
        addExamples(document, domains);
        return document;
    }

    /** One response for each status, with its possible codes. */
    private static void addErrors(ObjectNode responses, ArrayNode codes) {
        Map<Integer, List<Failure>> byStatus = new TreeMap<>();
        for (JsonNode code : codes) {
            Failure failure = Failure.ofCode(code.asText());
            if (failure == null) {
                throw new IllegalStateException("there is no code " + code);
            }
            byStatus.computeIfAbsent(failure.status(), first -> new ArrayList<>())
                    .add(failure);
        }
        byStatus.forEach((status, failures) -> {
            ObjectNode response = responses.putObject(Integer.toString(status));
            response.put(
                    "description",
                    failures.stream().map(failure -> "`" + failure.code() + "`").collect(Collectors.joining(" or ")));
            if (failures.stream().anyMatch(Failure::retryable)) {
                response.putObject("headers").putObject("Retry-After").put("$ref", "#/components/headers/RetryAfter");
            }
            response.putObject("content")
                    .putObject("application/problem+json")
                    .putObject("schema")
                    .put("$ref", "#/components/schemas/Problem");
        });
    }

    /** Adds examples from the loaded packs that can be sent unchanged. */
    private static void addExamples(ObjectNode document, DomainModel domains) {
        ObjectNode body = (ObjectNode) document.at("/paths/~1api~1events/post/requestBody/content/application~1json");
        ObjectNode examples = body.putObject("examples");
        ExampleEvent.ofEach(domains, "ann").forEach((type, example) -> examples.putObject(type.replace(':', '.'))
                .put("summary", type)
                .set("value", example.json()));
        ObjectNode parameters = (ObjectNode) document.at("/components/parameters");
        domains.namespaces().stream()
                .filter(namespace -> !namespace.stream().keyed())
                .findFirst()
                .ifPresent(namespace -> ((ObjectNode) parameters.path("stream"))
                        .put("example", namespace.stream().toString()));
        domains.types().stream()
                .flatMap(type -> Stream.ofNullable(type.entity()))
                .findFirst()
                .ifPresent(entity -> ((ObjectNode) parameters.path("kind")).put("example", entity.kind()));
        domains.kpis().stream().findFirst().ifPresent(kpi -> ((ObjectNode) parameters.path("kpi"))
                .put("example", kpi.name()));
    }

    /** Restricts events to the types of the packs. */
    private static void addEvents(ObjectNode schemas, DomainModel domains) {
        ObjectNode event = schemas.putObject("Event");
        ArrayNode oneOf = event.putArray("oneOf");
        ObjectNode discriminator = event.putObject("discriminator").put("propertyName", "type");
        ObjectNode mapping = discriminator.putObject("mapping");
        for (EventType type : domains.types()) {
            String name = "event." + SharedSchemas.key(type);
            String ref = "#/components/schemas/" + name;
            oneOf.addObject().put("$ref", ref);
            mapping.put(type.name(), ref);
            ObjectNode schema =
                    schemas.putObject(name).put("title", type.name()).put("description", SharedSchemas.words(type));
            ArrayNode all = schema.putArray("allOf");
            all.addObject().put("$ref", "#/components/schemas/Envelope");
            ObjectNode own = all.addObject().putObject("properties");
            own.putObject("type").put("const", type.name());
            own.set("data", SharedSchemas.data(type, schemas));
        }
    }
}
