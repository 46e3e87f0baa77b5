package io.millrace.launcher.replay.format;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where to resume in a file, by comparison with the hashes of the rows that were sent before.
 *
 * @param from how many rows need not be read again
 * @param known the last row that was sent unchanged: a group of only such rows isn't sent again
 * @param sent how many rows were sent before, unchanged or not
 * @param complete whether the whole file was sent and is unchanged
 * @param changed whether rows after {@code from} differ from those that were sent
 * @param marks the marks of the rows up to {@code from}
 */
public record FileResumePoint(
        long from, long known, long sent, boolean complete, boolean changed, List<PrefixHash.Mark> marks) {
    private static final byte[] NO_HEADER = {};

    public static FileResumePoint start() {
        return new FileResumePoint(0, 0, 0, false, false, List.of());
    }

    /**
     * Reads the part of the file that was sent.
     *
     * @param done how many rows were sent, if the file wasn't sent completely
     * @param marks the marks of the sent rows, in the order of the file
     * @param end the end of a file that was sent completely; else null
     * @throws IOException if the file can't be read that far
     */
    public static FileResumePoint find(
            InputFile file, boolean table, long done, List<PrefixHash.Mark> marks, PrefixHash.@Nullable Mark end)
            throws IOException {
        long sent = end == null ? done : end.row();
        if (sent == 0) {
            return start();
        }
        List<PrefixHash.Mark> right = new ArrayList<>();
        try (RowReader rows = file.rows(table)) {
            PrefixHash hash = new PrefixHash(header(rows, table), marks);
            byte[] row = hash.rows() < sent ? rows.next() : null;
            while (row != null) {
                hash.add(row);
                if (right.size() < marks.size() && is(marks.get(right.size()), hash)) {
                    right.add(marks.get(right.size()));
                }
                row = hash.rows() < sent ? rows.next() : null;
            }
            long from = right.isEmpty() ? 0 : right.get(right.size() - 1).row();
            boolean same = end == null ? from == sent : is(end, hash);
            boolean complete = same && end != null && rows.next() == null;
            return new FileResumePoint(from, same ? sent : from, sent, complete, !same, right);
        }
    }

    /** The identity of a file's content: its header, if it is a table, and its first row. */
    public static String beginning(InputFile file, boolean table) throws IOException {
        try (RowReader rows = file.rows(table)) {
            PrefixHash hash = new PrefixHash(header(rows, table));
            byte[] first = rows.next();
            if (first != null) {
                hash.add(first);
            }
            return hash.hash();
        } catch (EOFException empty) {
            return "";
        }
    }

    private static byte[] header(RowReader rows, boolean table) throws IOException {
        if (!table) {
            return NO_HEADER;
        }
        byte[] header = rows.next();
        if (header == null) {
            throw new EOFException("there is not even a header line");
        }
        return header;
    }

    private static boolean is(PrefixHash.Mark mark, PrefixHash hash) {
        return mark.row() == hash.rows() && mark.hash().equals(hash.hash());
    }
}
