package io.millrace.ingest.parse;

import io.millrace.contracts.failure.MillraceException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Decodes an attribute's value from a header (CloudEvents 1.0.2, HTTP binding, 3.1.3.2): first a quoted value is
 * unquoted, then percent-decoded once, as UTF-8. A percent sign that starts no escape, and a plus sign, are literal.
 */
final class CloudEventHeader {
    private CloudEventHeader() {}

    /** Fails as {@link io.millrace.contracts.failure.Failure#INVALID_EVENT} if it isn't UTF-8. */
    static String of(String attribute, String value) {
        String text = unquoted(value);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int high = c == '%' && i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
            int low = high < 0 ? -1 : Character.digit(text.charAt(i + 2), 16);
            if (low >= 0) {
                bytes.write(high * 16 + low);
                i += 2;
            } else if (c <= 0xFF) {
                // A server reads each byte of a header as a character.
                bytes.write(c);
            } else {
                bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            throw notUtf8(attribute);
        }
    }

    private static String unquoted(String value) {
        if (value.length() < 2 || value.charAt(0) != '"' || !value.endsWith("\"")) {
            return value;
        }
        StringBuilder text = new StringBuilder(value.length());
        for (int i = 1; i < value.length() - 1; i++) {
            if (value.charAt(i) == '\\' && i < value.length() - 2) {
                i++;
            }
            text.append(value.charAt(i));
        }
        return text.toString();
    }

    private static MillraceException notUtf8(String attribute) {
        return MillraceException.invalidEvent("/" + attribute, "isn't UTF-8");
    }
}
