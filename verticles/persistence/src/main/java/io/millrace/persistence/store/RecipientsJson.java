package io.millrace.persistence.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Recipients;
import io.millrace.contracts.text.Json;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The column {@code audience}: an event's {@code target} and {@code exclude}. */
public record RecipientsJson(@Nullable Recipients target, @Nullable Recipients exclude) {
    private static final RecipientsJson EVERYBODY = new RecipientsJson(null, null);

    /** Null if the event has no recipients. */
    public static @Nullable String text(Event event) {
        if (event.target() == null && event.exclude() == null) {
            return null;
        }
        ObjectNode people = JsonNodeFactory.instance.objectNode();
        put(people, "target", event.target());
        put(people, "exclude", event.exclude());
        return Json.text(people);
    }

    public static RecipientsJson read(@Nullable String text) {
        if (text == null) {
            return EVERYBODY;
        }
        ObjectNode people = Json.parse(text);
        return new RecipientsJson(audience(people.get("target")), audience(people.get("exclude")));
    }

    private static void put(ObjectNode people, String name, @Nullable Recipients audience) {
        if (audience != null) {
            people.set(name, audience.json());
        }
    }

    private static @Nullable Recipients audience(@Nullable JsonNode node) {
        return node == null || !node.isObject()
                ? null
                : new Recipients(texts(node.path("roles")), texts(node.path("users")), texts(node.path("connections")));
    }

    private static Set<String> texts(JsonNode list) {
        Set<String> texts = new LinkedHashSet<>();
        list.forEach(text -> texts.add(text.asText()));
        return texts;
    }
}
