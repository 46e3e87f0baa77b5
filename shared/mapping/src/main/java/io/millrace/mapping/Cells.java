package io.millrace.mapping;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a row holds, by the names that a mapping uses. Immutable. */
interface Cells {
    /** Returns what has a name; null if nothing can have it. */
    @Nullable
    JsonNode node(String name);

    /** As {@link #node}, as text. */
    @Nullable
    String text(String name);

    /** Where the row is, for messages: {@code row 7}; empty if there is only one. */
    String place();

    /**
     * A row of a file with columns.
     *
     * @param columns the index of each column in a row
     * @param number the number of the row in its file, from 1
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record OfColumns(Map<String, Integer> columns, String[] cells, long number) implements Cells {
        @Override
        public @Nullable JsonNode node(String name) {
            String text = text(name);
            return text == null ? null : JsonNodeFactory.instance.textNode(text);
        }

        @Override
        public @Nullable String text(String name) {
            Integer column = columns.get(name);
            return column == null ? null : cells[column];
        }

        @Override
        public String place() {
            return "row " + number;
        }
    }

    /**
     * A JSON document, or one element of a list in it. A name is a path: {@code repository.full_name},
     * {@code labels.0.name}; below {@code list} it is one of the element.
     *
     * @param attributes what came beside the document, by names that begin with #
     * @param list the path of the list; empty if the whole document is one row
     * @param index of the element in its list; -1 for the whole document
     */
    record OfDocument(JsonNode document, Map<String, String> attributes, String list, JsonNode element, int index)
            implements Cells {
        @Override
        public JsonNode node(String name) {
            if (name.startsWith("#")) {
                return JsonNodeFactory.instance.textNode(attributes.getOrDefault(name, ""));
            }
            if (!list.isEmpty() && name.equals(list)) {
                return index < 0 ? at(document, list) : element;
            }
            return !list.isEmpty() && name.startsWith(list + ".") && index >= 0
                    ? at(element, name.substring(list.length() + 1))
                    : at(document, name);
        }

        @Override
        public String text(String name) {
            return Expression.text(node(name));
        }

        @Override
        public String place() {
            return index < 0 ? "" : list + "[" + index + "]";
        }

        /** What is at a path; a missing node if there is nothing. */
        static JsonNode at(JsonNode from, String path) {
            JsonNode at = from;
            int begin = 0;
            while (begin <= path.length()) {
                int dot = path.indexOf('.', begin);
                int end = dot < 0 ? path.length() : dot;
                String step = path.substring(begin, end);
                at = at.isArray() ? at.path(index(step)) : at.path(step);
                begin = end + 1;
            }
            return at;
        }

        private static int index(String step) {
            try {
                return Integer.parseInt(step);
            } catch (NumberFormatException noIndex) {
                return -1;
            }
        }
    }
}
