package io.millrace.contracts.text;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Suggests the name that was probably meant instead of an unknown one. */
public final class Suggestions {
    private Suggestions() {}

    /**
     * The name nearest to {@code wrong}, whatever its case; null if more than a third of it would have to change. Two
     * letters swapped count as one change.
     */
    public static @Nullable String closest(String wrong, Iterable<String> names) {
        String nearest = null;
        int least = Integer.MAX_VALUE;
        for (String name : names) {
            int longer = Math.max(wrong.length(), name.length());
            int shorter = Math.min(wrong.length(), name.length());
            int most = Math.max(1, longer / 3);
            if (shorter == 0 || longer - shorter > most || longer == 1) {
                continue;
            }
            int changes = distance(wrong.toLowerCase(Locale.ROOT), name.toLowerCase(Locale.ROOT));
            if (changes <= most && changes < least) {
                nearest = name;
                least = changes;
            }
        }
        return nearest;
    }

    /** Optimal string alignment: insert, delete, replace, swap neighbours. */
    private static int distance(String a, String b) {
        int[] beforeLast = new int[b.length() + 1];
        int[] last = new int[b.length() + 1];
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            last[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = last[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, Math.min(last[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
                }
            }
            int[] free = beforeLast;
            beforeLast = last;
            last = row;
            row = free;
        }
        return last[b.length()];
    }
}
