package io.millrace.persistence.entity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.text.Json;
import io.millrace.domain.model.EntityOperation;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Applies an event that comes after newer ones of its entity, with the effect that it would have had before them. The
 * newer ones are all merges, since an event older than a put or a delete changes nothing. The members that they named
 * are a tree: a member that was replaced or removed is {@code true}, one into which an object was merged is a tree of
 * its own. Members that aren't named are older than the event. Pure functions; {@code LateEventsTest} compares them
 * with the accepted order.
 */
final class LateEvents {
    private LateEvents() {}

    /** The members that these merges named, in any order. */
    static ObjectNode named(List<ObjectNode> merges) {
        ObjectNode named = JsonNodeFactory.instance.objectNode();
        merges.forEach(merge -> name(named, merge));
        return named;
    }

    private static void name(ObjectNode named, ObjectNode merge) {
        for (Map.Entry<String, JsonNode> member : merge.properties()) {
            JsonNode known = named.get(member.getKey());
            if (!(member.getValue() instanceof ObjectNode inner)) {
                named.set(member.getKey(), BooleanNode.TRUE);
            } else if (known == null) {
                name(named.putObject(member.getKey()), inner);
            } else if (known instanceof ObjectNode within) {
                name(within, inner);
            }
        }
    }

    /** Whether a merge names only members that newer ones named, so that it has no effect. */
    static boolean covers(ObjectNode named, ObjectNode merge) {
        for (Map.Entry<String, JsonNode> member : merge.properties()) {
            JsonNode newer = named.get(member.getKey());
            boolean covered = newer instanceof ObjectNode within
                    ? member.getValue() instanceof ObjectNode inner && covers(within, inner)
                    : newer != null;
            if (!covered) {
                return false;
            }
        }
        return true;
    }

    /**
     * The state after an event that belongs before the newer ones.
     *
     * @param now the state after the newer events
     * @param data the event's data; ignored for a delete
     * @param named the members that the newer events named
     */
    static ObjectNode apply(EntityOperation rule, ObjectNode now, ObjectNode data, ObjectNode named) {
        return switch (rule) {
            case MERGE -> merge(now, data, named);
            case PUT -> put(now, data, named);
            case DELETE -> put(now, JsonNodeFactory.instance.objectNode(), named);
        };
    }

    private static ObjectNode merge(ObjectNode now, ObjectNode data, ObjectNode named) {
        ObjectNode state = JsonNodeFactory.instance.objectNode();
        state.setAll(now);
        for (Map.Entry<String, JsonNode> member : data.properties()) {
            String name = member.getKey();
            JsonNode newer = named.get(name);
            if (newer == null) {
                ObjectNode one = JsonNodeFactory.instance.objectNode();
                one.set(name, member.getValue());
                state = Json.merge(state, one);
            } else if (newer instanceof ObjectNode within) {
                ObjectNode known = object(now.get(name));
                state.set(
                        name,
                        member.getValue() instanceof ObjectNode inner
                                ? merge(known, inner, within)
                                : put(known, JsonNodeFactory.instance.objectNode(), within));
            }
        }
        return state;
    }

    /** The members of the newer events, merged into the put state. */
    private static ObjectNode put(ObjectNode now, ObjectNode data, ObjectNode named) {
        ObjectNode state = JsonNodeFactory.instance.objectNode();
        state.setAll(data);
        for (Map.Entry<String, JsonNode> member : named.properties()) {
            String name = member.getKey();
            JsonNode known = now.get(name);
            if (member.getValue() instanceof ObjectNode within) {
                state.set(name, put(object(known), object(data.get(name)), within));
            } else if (known == null) {
                state.remove(name);
            } else {
                state.set(name, known);
            }
        }
        return state;
    }

    private static ObjectNode object(@Nullable JsonNode node) {
        return node instanceof ObjectNode object ? object : JsonNodeFactory.instance.objectNode();
    }
}
