package io.millrace.ingest.parse;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import io.millrace.contracts.text.Characters;
import io.millrace.contracts.text.ExactNumbers;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Checks each number and each text before it is converted, since well-formed JSON may have numbers out of range and
 * lone surrogates. The underlying parser still moves to the next token, so that reading can continue.
 */
final class CheckedJsonParser extends JsonParserDelegate {
    private final boolean halves;

    /**
     * @param body the UTF-8 bytes that the parser reads
     */
    CheckedJsonParser(JsonParser parser, byte[] body, int from, int to) {
        super(parser);
        halves = mayContainLoneSurrogates(body, from, to);
    }

    /** The present value is well-formed but not acceptable; the message follows the name of its place. */
    static final class Refused extends RuntimeException {
        private final String what;

        Refused(String what) {
            super(what, null, false, false);
            this.what = what;
        }

        String what() {
            return what;
        }
    }

    @Override
    public @Nullable JsonToken nextToken() throws IOException {
        JsonToken token = super.nextToken();
        if (token == null) {
            return null;
        }
        if (token.isNumeric()) {
            if (!ExactNumbers.holds(getTextCharacters(), getTextOffset(), getTextLength())) {
                throw new Refused("is a number that can't be kept: " + ExactNumbers.ALLOWED);
            }
        } else if (halves && (token == JsonToken.VALUE_STRING || token == JsonToken.FIELD_NAME)) {
            String wrong = Characters.wrong(getText());
            if (wrong != null) {
                throw new Refused(wrong);
            }
        }
        return token;
    }

    /** A lone surrogate as an escape, or in three bytes of which the first is ED, which the parser accepts. */
    private static boolean mayContainLoneSurrogates(byte[] body, int from, int to) {
        for (int i = from; i < to; i++) {
            if (body[i] == (byte) 0xED || (body[i] == '\\' && i + 1 < to && body[i + 1] == 'u')) {
                return true;
            }
        }
        return false;
    }
}
