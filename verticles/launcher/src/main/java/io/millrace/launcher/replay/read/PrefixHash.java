package io.millrace.launcher.replay.read;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A hash of all rows of a file up to each, so that content that was sent before is known again, however the file is called,
 * packed, or goes on. Of the rows that are done with it keeps marks, the closer together the nearer they are to the last:
 * a file that changed is the same up to one of them. Belongs to one thread.
 */
public final class PrefixHash {
    /**
     * @param index how many marks there were when it was made, itself included
     * @param row from 1
     * @param hash of all rows up to and with this one
     */
    public record Mark(long index, long row, String hash) {}

    private static final int ID_BYTES = 12;

    private final MessageDigest sha = sha256();
    private final List<Mark> marks;
    /** Of the rows after the last mark. */
    private final ArrayDeque<byte[]> open = new ArrayDeque<>();

    private byte[] hash;
    private long rows;
    private long marked;

    /** @param header what the rows mean; empty if they say so themselves */
    PrefixHash(byte[] header) {
        this(header, List.of());
    }

    /** @param marks that are known to be right, and are added to */
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

    /** How many rows there were. */
    public long rows() {
        return rows;
    }

    /** Of all rows so far. */
    public String hash() {
        return HexFormat.of().formatHex(hash, 0, ID_BYTES);
    }

    /** The rows up to and with this one are done with. */
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
