package io.millrace.domain.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.failure.Failure;

/**
 * The entity that events of a type change.
 *
 * @param kind the kind, 1 to 64 characters of a-z A-Z 0-9 _ . -
 * @param id the field with the entity's id
 */
public record EntityRule(String kind, FieldPath id, EntityOperation apply) {
    private static final int MAX_ID = 256;

    /**
     * The entity's id in an event's data: 1 to 256 characters, none of them a control character, and not {@code .} or
     * {@code ..}. Fails as {@link Failure#INVALID_EVENT}.
     */
    public String idIn(JsonNode data) {
        String text = id.text(data);
        if (text == null || text.isEmpty()) {
            throw id.invalid("is missing: it is the id of the " + kind);
        }
        if (text.codePointCount(0, text.length()) > MAX_ID) {
            throw id.invalid("is longer than " + MAX_ID + " characters; it is the id of the " + kind);
        }
        if (text.chars().anyMatch(Character::isISOControl)) {
            throw id.invalid("holds a control character; it is the id of the " + kind);
        }
        if (FieldPath.isDots(text)) {
            throw id.invalid("can't be . or .., which a URL takes for another path; it is the id of the " + kind);
        }
        return text;
    }
}
