package io.millrace.launcher.replay.format;

import io.millrace.mapping.MappingException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the rows of a table by RFC 4180: commas, and double quotes around cells with commas, quotes or line breaks. A
 * row with unbalanced quotes is wrong by itself: reading continues at the next line, not after a later quote that would
 * close it. Used by one thread.
 */
final class CsvReader implements RowReader {
    /**
     * The largest number of bytes of a row with line breaks in its cells; a quote that isn't closed by then is a stray
     * one.
     */
    private static final int MAX_ROW = 1 << 20;

    private enum State {
        CELL_BEGINS,
        BARE,
        QUOTED,
        /** After a quote within quotes: the end of the cell, or the first half of an escaped quote. */
        QUOTE
    }

    private final LineReader lines;
    /** Lines that were read in search of a closing quote, and belong to later rows. */
    private final ArrayDeque<byte[]> ahead = new ArrayDeque<>();

    private int width;
    private List<byte[]> cells = List.of();
    private @Nullable String wrong;

    /** @param in a buffered stream */
    CsvReader(InputStream in) {
        this.lines = new LineReader(in);
    }

    /** Reads the next row that isn't blank; its content is available until the next call. */
    @Override
    public byte @Nullable [] next() throws IOException {
        byte[] first = line();
        while (first != null && isBlank(first)) {
            first = line();
        }
        if (first == null) {
            return null;
        }
        List<byte[]> row = new ArrayList<>(List.of(first));
        Parser parser = parse(row);
        cells = parser.cells;
        wrong = parser.wrong;
        if (width == 0) {
            width = cells.size();
        }
        if (wrong != null) {
            giveBack(row);
            return LineReader.withoutEnd(first);
        }
        ByteArrayOutputStream whole = new ByteArrayOutputStream(first.length);
        row.forEach(whole::writeBytes);
        return LineReader.withoutEnd(whole.toByteArray());
    }

    /** Reads further lines of a row while a quote is open. */
    private Parser parse(List<byte[]> row) throws IOException {
        Parser parser = new Parser();
        int size = row.get(0).length;
        parser.read(row.get(0));
        while (parser.wrong == null && parser.state == State.QUOTED) {
            byte[] more = size > MAX_ROW ? null : line();
            if (more == null) {
                parser.wrong = "the quote that opens cell " + (parser.cells.size() + 1) + " is never closed";
            } else {
                row.add(more);
                size += more.length;
                parser.read(more);
            }
        }
        if (parser.wrong == null) {
            parser.endCell();
            if (row.size() > 1 && width > 0 && parser.cells.size() != width) {
                parser.wrong = "quotes hold " + row.size() + " lines together, and they come to " + parser.cells.size()
                        + " cells where the header has " + width;
            }
        }
        return parser;
    }

    /** The number of cells of the last row. */
    int size() {
        return cells.size();
    }

    /** The number of cells of the first row, which all others should have. */
    int width() {
        return width;
    }

    /** What is wrong with the quotes of the last row; null if they are valid. */
    @Nullable
    String wrong() {
        return wrong;
    }

    /**
     * The cells of the last row.
     *
     * @param name the row's name, for the message
     * @throws MappingException if the row isn't UTF-8
     */
    String[] cells(byte[] row, String name) {
        // The whole row first, so that the invalid byte is counted from its start.
        LineReader.text(row, name);
        return cells.stream().map(cell -> LineReader.text(cell, name)).toArray(String[]::new);
    }

    private byte @Nullable [] line() throws IOException {
        byte[] line = ahead.poll();
        return line == null ? lines.line() : line;
    }

    private void giveBack(List<byte[]> row) {
        for (int i = row.size() - 1; i > 0; i--) {
            ahead.push(row.get(i));
        }
    }

    private static boolean isBlank(byte[] line) {
        for (byte b : line) {
            if (b != ' ' && b != '\t' && b != '\r' && b != '\n') {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }

    /** One row, parsed line by line while a quote is open. */
    private static final class Parser {
        private final List<byte[]> cells = new ArrayList<>();
        private final ByteArrayOutputStream cell = new ByteArrayOutputStream();
        private State state = State.CELL_BEGINS;
        private @Nullable String wrong;

        void read(byte[] line) {
            int content = LineReader.withoutEnd(line).length;
            for (int i = 0; i < line.length && wrong == null; i++) {
                if (state == State.QUOTED) {
                    quoted(line[i]);
                } else if (i < content) {
                    outside(line[i]);
                }
            }
        }

        private void quoted(byte next) {
            if (next == '"') {
                state = State.QUOTE;
            } else {
                cell.write(next);
            }
        }

        private void outside(byte next) {
            if (next == ',') {
                endCell();
            } else if (next == '"' && state == State.CELL_BEGINS) {
                state = State.QUOTED;
            } else if (next == '"' && state == State.QUOTE) {
                cell.write(next);
                state = State.QUOTED;
            } else if (state == State.QUOTE) {
                wrong = "the quote that closes cell " + (cells.size() + 1)
                        + " is followed by something else than a comma";
            } else {
                cell.write(next);
                state = State.BARE;
            }
        }

        void endCell() {
            cells.add(cell.toByteArray());
            cell.reset();
            state = State.CELL_BEGINS;
        }
    }
}
