package io.millrace.contracts.text;

import org.jspecify.annotations.Nullable;

/** What a text may not hold, since it can't be stored or sent on: halves of characters, and NUL. */
public final class Characters {
    private Characters() {}

    /** What is wrong with a text, to go after its name; null if nothing is. */
    public static @Nullable String wrong(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                return "holds the character NUL, which can't be stored";
            }
            if (Character.isSurrogate(c)) {
                // UTF-16 has halves of characters; UTF-8, and so every store and every browser's socket, has none.
                if (i + 1 == text.length() || !Character.isSurrogatePair(c, text.charAt(i + 1))) {
                    return "holds half a surrogate pair";
                }
                i++;
            }
        }
        return null;
    }
}
