package io.millrace.contracts.text;

import org.jspecify.annotations.Nullable;

/** Finds characters that can't be stored, sent or shown: lone surrogates, NUL, control characters. */
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

    /** Whether there is half a surrogate pair in a text, which UTF-8 can't tell. */
    public static boolean hasHalfPair(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))
                    && (i + 1 == text.length() || !Character.isSurrogatePair(text.charAt(i), text.charAt(++i)))) {
                return true;
            }
        }
        return false;
    }

    /** Whether a text can be a name: no character in it is a control character or half a surrogate pair. */
    public static boolean isPrintable(CharSequence text) {
        return wrong(text) == null && text.chars().noneMatch(Character::isISOControl);
    }
}
