package io.millrace.launcher.replay.format;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A running hash of a file's rows, so that content that was sent before is recognized, however the file is named,
 * compressed or extended. It keeps marks of acknowledged rows, closer together towards the last one: a changed file is
 * equal up to one of them. Used by one thread.
 */
public final class PrefixHash {
    /**
     * @param index the number of marks when this one was made, including itself
     * @param row the row, from 1
     * @param hash the hash of all rows up to and including this one
     */
    public record Mark(long index, long row, String hash) {}

    private static final int ID_BYTES = 12;

    private final MessageDigest sha = sha256();
    private final List<Mark> marks;
    /** The rows after the last mark. */
    private final ArrayDeque<byte[]> open = new ArrayDeque<>();

    private byte[] hash;
    private long rows;
    private long marked;

    /** @param header the table's header; empty for rows without one */
    PrefixHash(byte[] header) {
        this(header, List.of());
    }

    /** @param marks the verified marks, which are extended */
    PrefixHash(byte[] header, List<Mark> marks) {
        this.hash = sha.digest(header);
        this.marks = new ArrayList<>(marks);
        this.marked = marks.isEmpty() ? 0 : marks.get(marks.size() - 1).row();
    }

    void add(byte[] row) {
        sha.update(hash);
        hash = sha.digest(row);
        rows++;
        if (rows > marked) {
            open.add(hash);
        }
    }

    /** The number of rows. */
    public long rows() {
        return rows;
    }

    /** The hash of all rows so far. */
    public String hash() {
        return HexFormat.of().formatHex(hash, 0, ID_BYTES);
    }

    /** Notes that the rows up to and including this one are acknowledged. */
    public void mark(long row) {
        byte[] last = null;
        while (marked < row) {
            last = open.remove();
            marked++;
        }
        if (last == null) {
            return;
        }
        long index = marks.isEmpty() ? 1 : marks.get(marks.size() - 1).index() + 1;
        marks.add(new Mark(index, row, HexFormat.of().formatHex(last, 0, ID_BYTES)));
        // Each mark stays for twice as long as the largest power of two that divides its index: some forty of them.
        marks.removeIf(mark -> index - mark.index() > 2 * Long.lowestOneBit(mark.index()));
    }

    public List<Mark> marks() {
        return List.copyOf(marks);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
