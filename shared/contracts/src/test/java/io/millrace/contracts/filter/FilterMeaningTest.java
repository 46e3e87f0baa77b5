package io.millrace.contracts.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/**
 * Over many filters and events by chance: the canonical form means what the filter as it was written means, other words
 * for it are the same filter, and whatever matches has one of its keys.
 */
@NullUnmarked
class FilterMeaningTest {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int FILTERS = 4_000;
    private static final int EVENTS = 30;

    private final Random random = new Random(4);

    @Test
    void theCanonicalFormMeansWhatWasWritten() {
        int matched = 0;
        for (int i = 0; i < FILTERS; i++) {
            JsonNode written = block(1);
            Filter filter = Filter.parse(written);
            assertEquals(filter, Filter.parse(shuffled(written)), written::toString);
            for (int j = 0; j < EVENTS; j++) {
                JsonNode event = event();
                boolean matches = filter.matches(event);
                assertEquals(naively(written, event), matches, () -> written + " of " + event + " as " + filter);
                if (matches) {
                    matched++;
                    assertFoundByItsKeys(filter, event);
                }
            }
        }
        assertTrue(matched > FILTERS, "too few matched to say anything: " + matched);
    }

    private static void assertFoundByItsKeys(Filter filter, JsonNode event) {
        if (filter.keys().isEmpty()) {
            return;
        }
        Set<EqualityKey> has = new HashSet<>();
        filter.keys().forEach(key -> key.path().values(event, value -> has.add(new EqualityKey(key.path(), value))));
        assertTrue(
                filter.keys().stream().anyMatch(has::contains), () -> filter + " isn't found by its keys for " + event);
    }

    // What is asked for, and what there is: few fields and few values, so that they meet.

    private ObjectNode block(int level) {
        ObjectNode block = NODES.objectNode();
        int parts = 1 + random.nextInt(2);
        for (int i = 0; i < parts; i++) {
            switch (level < 4 ? random.nextInt(6) : 5) {
                case 0 -> block.set("and", blocks(level));
                case 1 -> block.set("or", blocks(level));
                case 2 -> block.set("not", block(level + 1));
                default -> block.set("data." + "abc".charAt(random.nextInt(3)), test());
            }
        }
        return conditions(block) > Filter.MAX_CONDITIONS ? block(level) : block;
    }

    private ArrayNode blocks(int level) {
        ArrayNode blocks = NODES.arrayNode();
        int parts = 1 + random.nextInt(2);
        for (int i = 0; i < parts; i++) {
            blocks.add(block(level + 1));
        }
        return blocks;
    }

    private JsonNode test() {
        ObjectNode test = NODES.objectNode();
        return switch (random.nextInt(9)) {
            case 0 -> test.set("eq", value());
            case 1 -> test.set("ne", value());
            case 2 -> test.set("in", NODES.arrayNode().add(value()).add(value()));
            case 3 -> test.set("gt", comparable());
            case 4 -> test.<ObjectNode>set("gte", comparable()).set("lt", comparable());
            case 5 -> test.set("lte", comparable());
            case 6 -> test.put("exists", random.nextBoolean());
            case 7 -> test.put("prefix", random.nextBoolean() ? "x" : "");
            default -> value();
        };
    }

    private JsonNode event() {
        ObjectNode data = NODES.objectNode();
        for (String field : List.of("a", "b", "c")) {
            switch (random.nextInt(6)) {
                case 0 -> {}
                case 1 -> data.set(field, NODES.arrayNode().add(value()).add(value()));
                case 2 -> data.set(field, NODES.objectNode());
                default -> data.set(field, value());
            }
        }
        return NODES.objectNode().set("data", data);
    }

    private JsonNode value() {
        return switch (random.nextInt(6)) {
            case 0 -> NODES.nullNode();
            case 1 -> NODES.booleanNode(random.nextBoolean());
            default -> comparable();
        };
    }

    private JsonNode comparable() {
        return switch (random.nextInt(8)) {
            case 0 -> NODES.textNode("x");
            case 1 -> NODES.textNode("xy");
            case 2 -> NODES.numberNode(1);
            case 3 -> NODES.numberNode(1.0);
            case 4 -> NODES.numberNode(1.5);
            case 5 -> NODES.numberNode(new BigDecimal("1.50"));
            case 6 -> NODES.numberNode(new BigDecimal("1.5000000000000000000001"));
            default -> NODES.numberNode(9_007_199_254_740_993L);
        };
    }

    private static int conditions(JsonNode block) {
        int conditions = 0;
        for (Map.Entry<String, JsonNode> entry : block.properties()) {
            switch (entry.getKey()) {
                case "and", "or" -> {
                    for (JsonNode part : entry.getValue()) {
                        conditions += conditions(part);
                    }
                }
                case "not" -> conditions += conditions(entry.getValue());
                default -> conditions += 2;
            }
        }
        return conditions;
    }

    /** The same in another order, doubled here and there, and wrapped. */
    private JsonNode shuffled(JsonNode block) {
        List<Map.Entry<String, JsonNode>> entries = new ArrayList<>(block.properties());
        Collections.shuffle(entries, random);
        ObjectNode shuffled = NODES.objectNode();
        for (Map.Entry<String, JsonNode> entry : entries) {
            switch (entry.getKey()) {
                case "and", "or" -> {
                    List<JsonNode> parts = new ArrayList<>();
                    entry.getValue().forEach(part -> parts.add(shuffled(part)));
                    Collections.shuffle(parts, random);
                    shuffled.putArray(entry.getKey()).addAll(parts);
                }
                case "not" -> shuffled.set("not", shuffled(entry.getValue()));
                default -> shuffled.set(entry.getKey(), entry.getValue());
            }
        }
        return shuffled;
    }

    // The meaning, as directly as it can be said.

    private static boolean naively(JsonNode block, JsonNode event) {
        return block.properties().stream().allMatch(entry -> switch (entry.getKey()) {
            case "and" -> elements(entry.getValue()).stream().allMatch(part -> naively(part, event));
            case "or" -> elements(entry.getValue()).stream().anyMatch(part -> naively(part, event));
            case "not" -> !naively(entry.getValue(), event);
            default -> naiveTest(entry.getValue(), event.at("/" + entry.getKey().replace('.', '/')));
        });
    }

    private static boolean naiveTest(JsonNode test, JsonNode value) {
        if (!test.isObject()) {
            return any(value, test);
        }
        return test.properties().stream().allMatch(entry -> {
            JsonNode operand = entry.getValue();
            return switch (entry.getKey()) {
                case "eq" -> any(value, operand);
                case "ne" -> !any(value, operand);
                case "in" -> elements(operand).stream().anyMatch(one -> any(value, one));
                case "exists" -> value.isMissingNode() != operand.booleanValue();
                case "prefix" ->
                    elements(value).stream()
                            .anyMatch(element ->
                                    element.isTextual() && element.textValue().startsWith(operand.textValue()));
                case "gt" -> comparable(value, operand) && order(value, operand) > 0;
                case "gte" -> comparable(value, operand) && order(value, operand) >= 0;
                case "lt" -> comparable(value, operand) && order(value, operand) < 0;
                default -> comparable(value, operand) && order(value, operand) <= 0;
            };
        });
    }

    private static boolean any(JsonNode value, JsonNode wanted) {
        return elements(value).stream()
                .anyMatch(element -> numbers(element, wanted) ? order(element, wanted) == 0 : element.equals(wanted));
    }

    private static List<JsonNode> elements(JsonNode value) {
        return value.isArray()
                ? StreamSupport.stream(value.spliterator(), false).toList()
                : List.of(value);
    }

    private static boolean numbers(JsonNode one, JsonNode other) {
        return one.isNumber() && other.isNumber();
    }

    private static boolean comparable(JsonNode one, JsonNode other) {
        return numbers(one, other) || (one.isTextual() && other.isTextual());
    }

    private static int order(JsonNode one, JsonNode other) {
        return one.isNumber()
                ? one.decimalValue().compareTo(other.decimalValue())
                : one.textValue().compareTo(other.textValue());
    }
}
