package io.millrace.launcher.replay;

import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import io.millrace.contracts.domain.InvalidConfiguration;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A table with a header line, UTF-8, as the events that a mapping makes of it. */
final class CsvSource implements EventSource {
    private static final CsvMapper CSV = CsvMapper.csvBuilder()
            .enable(CsvParser.Feature.WRAP_AS_ARRAY)
            .enable(CsvParser.Feature.SKIP_EMPTY_LINES)
            .build();

    private final Mapping mapping;
    private final MappingIterator<String[]> rows;
    private final int width;
    private final RowGroups groups;
    private final ArrayDeque<Step> broken = new ArrayDeque<>();

    private CsvSource(
            Mapping mapping, MappingIterator<String[]> rows, Map<String, Integer> columns, int width, long from) {
        this.mapping = mapping;
        this.rows = rows;
        this.width = width;
        this.groups = new RowGroups(columns, mapping, from);
    }

    /**
     * Opens a file at the row after the first {@code from}.
     *
     * @throws InvalidConfiguration the mapping speaks of columns that the file doesn't have
     */
    static CsvSource open(InputFile file, Mapping mapping, long from) throws IOException, InvalidConfiguration {
        MappingIterator<String[]> rows =
                CSV.readerFor(String[].class).readValues(new InputStreamReader(file.open(), StandardCharsets.UTF_8));
        try {
            if (!rows.hasNextValue()) {
                throw new EOFException(file.path() + " is empty: there is not even a header line");
            }
            List<String> header = Arrays.asList(rows.nextValue());
            mapping.check(header);
            for (long skipped = 0; skipped < from; skipped++) {
                if (!rows.hasNextValue()) {
                    throw new EOFException(file.path() + " has fewer rows than were sent the last time");
                }
                rows.nextValue();
            }
            Map<String, Integer> columns = new HashMap<>();
            for (int i = 0; i < header.size(); i++) {
                columns.put(header.get(i), i);
            }
            return new CsvSource(mapping, rows, columns, header.size(), from);
        } catch (IOException | InvalidConfiguration | RuntimeException failed) {
            rows.close();
            throw failed;
        }
    }

    @Override
    public @Nullable Step next() throws IOException {
        while (true) {
            Step wrong = broken.poll();
            if (wrong != null) {
                return wrong;
            }
            RowGroup ready = groups.poll(false);
            if (ready != null) {
                return step(ready);
            }
            if (!rows.hasNextValue()) {
                RowGroup last = groups.poll(true);
                return last == null ? null : step(last);
            }
            read(rows.nextValue());
        }
    }

    private void read(String[] cells) {
        if (cells.length == width) {
            groups.add(cells);
            return;
        }
        groups.addBroken();
        String message = "row " + groups.read() + ": " + cells.length + " cells where the header has " + width;
        broken.add(new Step(1, List.of(), null, message, groups.resumeAt()));
    }

    private Step step(RowGroup group) {
        int count = group.rows().size();
        try {
            String skipped = mapping.skipped(group);
            List<Outgoing> events = skipped == null ? mapping.events(group) : List.of();
            if (skipped == null && events.isEmpty()) {
                skipped = "nothing in the mapping applies";
            }
            return new Step(count, events, skipped, null, groups.resumeAt());
        } catch (BadRow bad) {
            return new Step(count, List.of(), null, bad.getMessage(), groups.resumeAt());
        }
    }

    @Override
    public void close() throws IOException {
        rows.close();
    }
}
