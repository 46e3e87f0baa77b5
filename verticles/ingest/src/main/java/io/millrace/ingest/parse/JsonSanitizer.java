package io.millrace.ingest.parse;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Copies a well-formed JSON value out of a body as bytes. The parser has checked that it is JSON; this class refuses,
 * in one pass, what JSON allows but PostgreSQL and browsers don't: NUL, lone surrogates, invalid UTF-8.
 */
final class JsonSanitizer {
    private JsonSanitizer() {}

    /**
     * The bytes of {@code body} from {@code from} to {@code to}, on one line: a frame to clients holds a message a
     * line, and a line break inside JSON can only be white space.
     *
     * @throws MillraceException {@link Failure#INVALID_EVENT}
     */
    static byte[] oneLine(byte[] body, int from, int to) {
        byte[] json = Arrays.copyOfRange(body, from, to);
        boolean ascii = true;
        for (int i = 0; i < json.length; i++) {
            byte b = json[i];
            if (b < 0) {
                ascii = false;
            } else if (b == '\n' || b == '\r') {
                json[i] = ' ';
            } else if (b == '\\') {
                i = afterEscape(json, i);
            }
        }
        if (!ascii) {
            requireUtf8(json);
        }
        return json;
    }

    /** The index of the last byte of the escape that starts at {@code i}. */
    private static int afterEscape(byte[] json, int i) {
        if (json[i + 1] != 'u') {
            return i + 1;
        }
        int unit = hex(json, i + 2);
        if (unit == 0) {
            throw invalid("holds the character NUL, which can't be stored");
        }
        if (Character.isHighSurrogate((char) unit)) {
            boolean paired = i + 11 < json.length
                    && json[i + 6] == '\\'
                    && json[i + 7] == 'u'
                    && Character.isLowSurrogate((char) hex(json, i + 8));
            if (!paired) {
                throw invalid("holds half a surrogate pair");
            }
            return i + 11;
        }
        if (Character.isLowSurrogate((char) unit)) {
            throw invalid("holds half a surrogate pair");
        }
        return i + 5;
    }

    private static int hex(byte[] json, int at) {
        int value = 0;
        for (int i = at; i < at + 4; i++) {
            value = value * 16 + Character.digit(json[i], 16);
        }
        return value;
    }

    private static void requireUtf8(byte[] json) {
        try {
            // A new decoder reports errors, which new String(…) would replace silently.
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json));
        } catch (CharacterCodingException bad) {
            throw invalid("isn't UTF-8");
        }
    }

    private static MillraceException invalid(String what) {
        return MillraceException.invalidEvent("/data", what);
    }
}
