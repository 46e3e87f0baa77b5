package io.millrace.sources.redis.consume;

/** The id of an entry of a stream: milliseconds since 1970, as a rule, and a number. Both are unsigned. */
record EntryId(long ms, long number) implements Comparable<EntryId> {
    static EntryId parse(String id) {
        int dash = id.indexOf('-');
        return new EntryId(
                Long.parseUnsignedLong(dash < 0 ? id : id.substring(0, dash)),
                dash < 0 ? 0 : Long.parseUnsignedLong(id.substring(dash + 1)));
    }

    @Override
    public int compareTo(EntryId other) {
        int first = Long.compareUnsigned(ms, other.ms);
        return first != 0 ? first : Long.compareUnsigned(number, other.number);
    }

    @Override
    public String toString() {
        return Long.toUnsignedString(ms) + "-" + Long.toUnsignedString(number);
    }
}
