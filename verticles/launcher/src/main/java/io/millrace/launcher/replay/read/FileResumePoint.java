package io.millrace.launcher.replay.read;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where to go on in a file, by comparing it with the hashes of what was sent before.
 *
 * @param from how many rows need not be read again
 * @param known rows up to this one were sent as they are: a group of none but these isn't sent again
 * @param sent how many rows were sent before, whatever they were
 * @param complete the file is what was sent, to its end
 * @param changed rows after {@code from} aren't what was sent
 * @param marks of the rows up to {@code from}
 */
public record FileResumePoint(
        long from, long known, long sent, boolean complete, boolean changed, List<PrefixHash.Mark> marks) {
    private static final byte[] NO_HEADER = {};

    public static FileResumePoint start() {
        return new FileResumePoint(0, 0, 0, false, false, List.of());
    }

    /**
     * Reads the file as far as it was sent.
     *
     * @param done how many rows were sent, as long as the file has no end
     * @param marks of what was sent, in the order of the file
     * @param end of the file that was sent whole; null if it wasn't
     * @throws IOException it can't be read that far
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

    /** Names the content that a file begins with: its header, if it is a table, and its first row. */
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
