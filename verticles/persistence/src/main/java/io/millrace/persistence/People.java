package io.millrace.persistence;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Audience;
import io.millrace.contracts.Event;
import io.millrace.contracts.Json;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An event's {@code target} and {@code exclude}, as the column {@code audience} holds them. */
record People(@Nullable Audience target, @Nullable Audience exclude) {
    private static final People EVERYBODY = new People(null, null);

    /** Null if the event is for everybody. */
    static @Nullable String text(Event event) {
        if (event.target() == null && event.exclude() == null) {
            return null;
        }
        ObjectNode people = JsonNodeFactory.instance.objectNode();
        put(people, "target", event.target());
        put(people, "exclude", event.exclude());
        return Json.text(people);
    }

    static People read(@Nullable String text) {
        if (text == null) {
            return EVERYBODY;
        }
        ObjectNode people = Json.parse(text);
        return new People(audience(people.get("target")), audience(people.get("exclude")));
    }

    private static void put(ObjectNode people, String name, @Nullable Audience audience) {
        if (audience != null) {
            ObjectNode object = people.putObject(name);
            put(object, "roles", audience.roles());
            put(object, "users", audience.users());
            put(object, "connections", audience.connections());
        }
    }

    private static void put(ObjectNode audience, String name, Set<String> texts) {
        var list = audience.putArray(name);
        texts.forEach(list::add);
    }

    private static @Nullable Audience audience(@Nullable JsonNode node) {
        return node == null || !node.isObject()
                ? null
                : new Audience(texts(node.path("roles")), texts(node.path("users")), texts(node.path("connections")));
    }

    private static Set<String> texts(JsonNode list) {
        Set<String> texts = new LinkedHashSet<>();
        list.forEach(text -> texts.add(text.asText()));
        return texts;
    }
}
