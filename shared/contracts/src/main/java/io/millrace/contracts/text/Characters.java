package io.millrace.contracts.text;

import org.jspecify.annotations.Nullable;

/** Finds characters that can't be stored or sent: lone surrogates and NUL. */
public final class Characters {
    private Characters() {}

    /** What is wrong with a text, to follow its name in a message; null if it is valid. */
    public static @Nullable String wrong(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                return "holds the character NUL, which can't be stored";
            }
            if (Character.isSurrogate(c)) {
                // UTF-16 has surrogates; UTF-8, and so every store and socket, has none.
                if (i + 1 == text.length() || !Character.isSurrogatePair(c, text.charAt(i + 1))) {
                    return "holds half a surrogate pair";
                }
                i++;
            }
        }
        return null;
    }
}
