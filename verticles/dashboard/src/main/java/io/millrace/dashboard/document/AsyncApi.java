package io.millrace.dashboard.document;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.Namespace;
import io.millrace.domain.model.PresenceRule;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The AsyncAPI 3 document of WebSocket, SSE and the event bus: documents/asyncapi.yaml with a channel for each
 * namespace of the packs and a message for each type.
 */
public final class AsyncApi {
    private AsyncApi() {}

    public static ObjectNode of(DomainModel domains) {
        ObjectNode document = SharedSchemas.template("asyncapi.yaml");
        ObjectNode components = (ObjectNode) document.path("components");
        ObjectNode schemas = (ObjectNode) components.path("schemas");
        schemas.set("Code", SharedSchemas.codes());
        for (Namespace namespace : domains.namespaces()) {
            String id = "stream." + namespace.name();
            ObjectNode channel = channel((ObjectNode) document.path("channels"), id, namespace);
            ObjectNode messages = channel.putObject("messages");
            for (EventType type : domains.typesOf(namespace)) {
                String name = SharedSchemas.key(type);
                messages.putObject(name).put("$ref", "#/components/messages/" + name);
                ((ObjectNode) components.path("messages")).set(name, message(type, schemas));
            }
            ((ObjectNode) document.path("operations"))
                    .putObject("follow." + namespace.name())
                    .put("action", "send")
                    .put("summary", "The events of " + namespace.name() + ", to those who follow them")
                    .putObject("channel")
                    .put("$ref", "#/channels/" + id);
        }
        return document;
    }

    private static ObjectNode channel(ObjectNode channels, String id, Namespace namespace) {
        String template = namespace.stream().toString();
        int brace = template.indexOf('{');
        ObjectNode channel = channels.putObject(id);
        if (brace < 0) {
            channel.put("address", template);
        } else {
            String path = template.substring(brace + 1, template.length() - 1);
            String key = path.substring(path.lastIndexOf('.') + 1);
            channel.put("address", template.substring(0, brace) + "{" + key + "}");
            channel.putObject("parameters")
                    .putObject(key)
                    .put("description", "One stream for each.")
                    .put("location", "$message.payload#/data/" + path.replace('.', '/'));
        }
        channel.put("title", "The stream of " + namespace.name()).put("description", words(namespace));
        for (String server : new String[] {"websocket", "sse", "sockjs"}) {
            channel.withArray("/servers").addObject().put("$ref", "#/servers/" + server);
        }
        return channel;
    }

    private static ObjectNode message(EventType type, ObjectNode schemas) {
        ObjectNode message = SharedSchemas.object()
                .put("name", type.name())
                .put("title", type.name())
                .put("summary", SharedSchemas.words(type));
        // In AsyncAPI's default schema format, which every tool reads.
        ObjectNode delivered = message.putObject("payload").put("type", "object");
        delivered
                .putArray("required")
                .add("type")
                .add("timestamp")
                .add("stream")
                .add("priority")
                .add("data");
        ObjectNode properties = delivered.putObject("properties");
        properties.putObject("type").put("const", type.message().wire());
        properties.putObject("timestamp").put("type", "string").put("format", "date-time");
        properties.putObject("stream").put("type", "string");
        if (type.durable()) {
            properties.putObject("position").put("type", "string");
        }
        properties.putObject("priority").put("type", "string");
        superseded(type, properties);
        ObjectNode event = properties.putObject("data").put("type", "object");
        event.putArray("required")
                .add("id")
                .add("type")
                .add("source")
                .add("data")
                .add("metadata");
        ObjectNode members = event.putObject("properties");
        members.putObject("id").put("type", "string");
        members.putObject("type").put("const", type.name());
        members.putObject("source").put("type", "string");
        members.set("data", SharedSchemas.data(type, schemas));
        members.putObject("metadata").put("type", "object").put("additionalProperties", true);
        return message;
    }

    private static void superseded(EventType type, ObjectNode properties) {
        if (type.entity() != null) {
            properties
                    .putObject("superseded")
                    .put("const", true)
                    .put(
                            "description",
                            "It changed nothing of its entity: events that were accepted later came before it.");
        }
    }

    private static String words(Namespace namespace) {
        StringBuilder words = new StringBuilder("Kept for " + words(namespace.history()) + ".");
        if (namespace.accessClaim() != null) {
            words.append(" The token must list its key in `")
                    .append(namespace.accessClaim())
                    .append("`.");
        }
        if (namespace.auto()) {
            words.append(" Followed by itself on connecting.");
        }
        PresenceRule presence = namespace.presence();
        if (presence != null) {
            words.append(" Who comes to it and goes is told by `")
                    .append(presence.join())
                    .append("` and `")
                    .append(presence.leave())
                    .append("`.");
        }
        return words.toString();
    }

    private static String words(@Nullable Duration kept) {
        if (kept == null) {
            return "ever";
        }
        return kept.toDays() > 0 ? count(kept.toDays(), "day") : count(kept.toHours(), "hour");
    }

    private static String count(long number, String unit) {
        return number + " " + unit + (number == 1 ? "" : "s");
    }
}
