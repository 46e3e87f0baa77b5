package io.millrace.sources.redis;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Patterns as PSUBSCRIBE has them: {@code * ? [abc] [a-z] [^a]}, and a backslash before what is meant as it is. */
final class GlobPattern {
    private GlobPattern() {}

    static boolean matches(String pattern, String channel) {
        StringBuilder regex = new StringBuilder();
        boolean inClass = false;
        for (int i = 0; i < pattern.length(); i++) {
            char next = pattern.charAt(i);
            if (next == '\\' && i + 1 < pattern.length()) {
                regex.append(Pattern.quote(String.valueOf(pattern.charAt(++i))));
            } else if (inClass) {
                inClass = next != ']';
                regex.append(next == '[' || next == '&' ? "\\" + next : String.valueOf(next));
            } else if (next == '[') {
                inClass = true;
                regex.append(next);
            } else {
                regex.append(next == '*' ? ".*" : next == '?' ? "." : Pattern.quote(String.valueOf(next)));
            }
        }
        try {
            return Pattern.compile(regex.toString(), Pattern.DOTALL)
                    .matcher(channel)
                    .matches();
        } catch (PatternSyntaxException unusual) {
            return false;
        }
    }
}
