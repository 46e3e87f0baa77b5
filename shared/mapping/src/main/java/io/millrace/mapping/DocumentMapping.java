package io.millrace.mapping;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns JSON documents into events, in the language of {@link Mapping}: a name is a path in the document, and the elements
 * of one list are its rows. Immutable; made by {@link MappingReader#ofDocuments}.
 *
 * @param list the path of the list whose elements are the rows; empty if the document is the only row
 */
public record DocumentMapping(Mapping mapping, String list) {
    /** A document may have as many rows. */
    public static final int MAX_ROWS = 1_000;

    /**
     * What a document becomes.
     *
     * @param skipped why it is left out on purpose; null if it isn't
     * @param events in the order of the rules; empty if no rule matches
     */
    public record Result(@Nullable String skipped, List<MappedEvent> events) {}

    /**
     * @param attributes what came beside the document, by names that begin with #
     * @throws MappingException the document doesn't hold what it needs to
     */
    public Result apply(JsonNode document, Map<String, String> attributes) {
        Cells whole = new Cells.OfDocument(document, attributes, list, MissingNode.getInstance(), -1);
        RowGroup rows = new RowGroup(mapping.values(), whole);
        if (list.isEmpty()) {
            rows.add(1, whole);
        } else {
            addRows(rows, document, attributes);
        }
        String skipped = mapping.skipReason(rows);
        return new Result(skipped, skipped == null ? mapping.toEvents(rows) : List.of());
    }

    private void addRows(RowGroup rows, JsonNode document, Map<String, String> attributes) {
        JsonNode elements = Cells.OfDocument.at(document, list);
        if (!elements.isArray() && !elements.isMissingNode() && !elements.isNull()) {
            throw new MappingException(list + " is not a list");
        }
        if (elements.size() > MAX_ROWS) {
            throw new MappingException(list + " has " + elements.size() + " elements, the most is " + MAX_ROWS);
        }
        for (int i = 0; i < elements.size(); i++) {
            rows.add(i + 1L, new Cells.OfDocument(document, attributes, list, elements.get(i), i));
        }
    }
}
