package io.millrace.benchmarks.client;

/** Finds things in bytes. */
public final class ByteSearch {
    private ByteSearch() {}

    /** Where {@code what} begins, at or after {@code from} and wholly before {@code to}; -1 if it isn't there. */
    public static int find(byte[] bytes, int from, int to, byte[] what) {
        byte first = what[0];
        for (int at = from; at <= to - what.length; at++) {
            if (bytes[at] == first && matches(bytes, at, what)) {
                return at;
            }
        }
        return -1;
    }

    /** How often {@code what} is between {@code from} and {@code to}. */
    static int count(byte[] bytes, int from, int to, byte[] what) {
        int count = 0;
        for (int at = find(bytes, from, to, what); at >= 0; at = find(bytes, at + what.length, to, what)) {
            count++;
        }
        return count;
    }

    private static boolean matches(byte[] bytes, int at, byte[] what) {
        for (int i = 1; i < what.length; i++) {
            if (bytes[at + i] != what[i]) {
                return false;
            }
        }
        return true;
    }

    /** The decimal number that begins at {@code from}. */
    static long number(byte[] bytes, int from, int to) {
        long number = 0;
        for (int at = from; at < to && bytes[at] >= '0' && bytes[at] <= '9'; at++) {
            number = number * 10 + bytes[at] - '0';
        }
        return number;
    }
}
