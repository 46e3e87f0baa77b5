package io.millrace.mapping;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.NullNode;
import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** One value that is made of a JSON document, in the language of {@link Mapping}: a name is a path. Immutable. */
public final class DocumentExpression {
    private final Expression expression;

    private DocumentExpression(Expression expression) {
        this.expression = expression;
    }

    /**
     * Reads a text with names in braces.
     *
     * @param names what a document has; one that ends with a dot stands for all that begin with it
     * @param problems gets every mistake
     */
    public static DocumentExpression text(YamlNode place, Set<String> names, List<ConfigurationError> problems) {
        ExpressionReader reader = new ExpressionReader(problems);
        Expression read = reader.requiredTemplate(place);
        check(reader, names, problems);
        return new DocumentExpression(read);
    }

    /** Reads a block, field by field, each a text, an operation or a block. */
    public static DocumentExpression block(YamlNode place, Set<String> names, List<ConfigurationError> problems) {
        ExpressionReader reader = new ExpressionReader(problems);
        if (!place.node().isObject()) {
            problems.add(place.problem(place.shown() + " where a block of fields belongs"));
        }
        Expression read = reader.expression(place);
        check(reader, names, problems);
        return new DocumentExpression(read);
    }

    /** The text at a path. */
    public static DocumentExpression ofName(String name) {
        return new DocumentExpression(new Expression.Column(name, Expression.ColumnType.TEXT, false));
    }

    private static void check(ExpressionReader reader, Set<String> names, List<ConfigurationError> problems) {
        for (Mapping.Reference used : reader.references()) {
            String name = used.name();
            boolean known = names.contains(name)
                    || names.stream().anyMatch(start -> start.endsWith(".") && name.startsWith(start));
            if (!known || ("." + name + ".").contains("..")) {
                problems.add(used.place()
                        .problem(
                                "\"" + name + "\" is none of " + String.join(", ", new TreeSet<>(names)),
                                Suggestions.closest(name, names)));
            }
        }
    }

    /**
     * The text for a document.
     *
     * @throws MappingException the document doesn't hold what it needs to
     */
    public String text(JsonNode document) {
        return Expression.text(json(document));
    }

    /**
     * The value for a document.
     *
     * @throws MappingException the document doesn't hold what it needs to
     */
    public JsonNode json(JsonNode document) {
        Cells cells = new Cells.OfDocument(document, Map.of(), "", MissingNode.getInstance(), -1);
        RowGroup rows = new RowGroup(Map.of(), cells);
        rows.add(1, cells);
        JsonNode made = expression.evaluate(rows.head());
        return made == null ? NullNode.getInstance() : made;
    }
}
