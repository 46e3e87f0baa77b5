package io.millrace.launcher.replay.read;

import io.millrace.mapping.MappingException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a table as RFC 4180 writes it: commas, and double quotes around cells that hold commas, quotes or line ends.
 * A row whose quotes don't fit is wrong by itself: reading goes on at the next line, not where some later quote would have
 * closed it. Belongs to one thread.
 */
final class CsvReader implements RowReader {
    /** Bytes of a row with line ends in its cells; a quote that isn't closed by then is a stray one. */
    private static final int MAX_ROW = 1 << 20;

    private enum State {
        CELL_BEGINS,
        BARE,
        QUOTED,
        /** After a quote within quotes: the cell's end, or the first half of an escaped quote. */
        QUOTE
    }

    private final LineReader lines;
    /** Lines that were read to look for a closing quote, and belong to later rows. */
    private final ArrayDeque<byte[]> ahead = new ArrayDeque<>();

    private int width;
    private List<byte[]> cells = List.of();
    private @Nullable String wrong;

    /** @param in buffered */
    CsvReader(InputStream in) {
        this.lines = new LineReader(in);
    }

    /** The next row that isn't blank; what is in it can be asked for until the next one is read. */
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

    /** Reads a row on for as long as a quote is open. */
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

    /** How many cells the last row has. */
    int size() {
        return cells.size();
    }

    /** How many cells the first row has, and all others should have. */
    int width() {
        return width;
    }

    /** What is wrong with the quotes of the last row; null if nothing is. */
    @Nullable
    String wrong() {
        return wrong;
    }

    /**
     * The cells of the last row.
     *
     * @param name which row it is, for the message
     * @throws MappingException the row isn't UTF-8
     */
    String[] cells(byte[] row, String name) {
        // The row as a whole first, so that the byte is counted from its beginning.
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

    /** One row, fed line by line for as long as a quote is open. */
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
