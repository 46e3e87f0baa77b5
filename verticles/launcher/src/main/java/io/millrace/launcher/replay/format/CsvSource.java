package io.millrace.launcher.replay.format;

import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.mapping.MappedEvent;
import io.millrace.mapping.Mapping;
import io.millrace.mapping.MappingException;
import io.millrace.mapping.RowGroup;
import io.millrace.mapping.RowGrouper;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a table with a header line, in UTF-8, as the events that a mapping makes of its rows. */
public final class CsvSource implements EventSource {
    private final Mapping mapping;
    private final CsvReader rows;
    private final PrefixHash hash;
    private final RowGrouper groups;
    private final long known;
    private final ArrayDeque<MappedRows> broken = new ArrayDeque<>();

    private CsvSource(
            Mapping mapping, CsvReader rows, Map<String, Integer> columns, PrefixHash hash, FileResumePoint resume) {
        this.mapping = mapping;
        this.rows = rows;
        this.hash = hash;
        this.known = resume.known();
        this.groups = new RowGrouper(columns, mapping, resume.from());
    }

    /**
     * Opens a file at its resume point.
     *
     * @throws InvalidConfigurationException if the mapping doesn't fit the header
     */
    public static CsvSource open(InputFile file, Mapping mapping, FileResumePoint resume)
            throws IOException, InvalidConfigurationException {
        CsvReader rows = new CsvReader(file.open());
        try {
            byte[] header = rows.next();
            if (header == null) {
                throw new EOFException(file.path() + " is empty: there is not even a header line");
            }
            Map<String, Integer> columns = columns(file, rows, header, mapping);
            PrefixHash hash = new PrefixHash(header, resume.marks());
            while (hash.rows() < resume.from()) {
                byte[] sent = rows.next();
                if (sent == null) {
                    throw new EOFException(file.path() + " changes while it is read");
                }
                hash.add(sent);
            }
            return new CsvSource(mapping, rows, columns, hash, resume);
        } catch (IOException | InvalidConfigurationException | RuntimeException failed) {
            rows.close();
            throw failed;
        }
    }

    private static Map<String, Integer> columns(InputFile file, CsvReader rows, byte[] header, Mapping mapping)
            throws IOException, InvalidConfigurationException {
        String[] names;
        try {
            names = rows.cells(header, file.path() + ": the header");
        } catch (MappingException notUtf8) {
            throw new IOException(notUtf8.getMessage());
        }
        if (rows.wrong() != null) {
            throw new IOException(file.path() + ": the header: " + rows.wrong());
        }
        List<ConfigurationError> problems = new ArrayList<>();
        Map<String, Integer> columns = new HashMap<>();
        for (int i = 0; i < names.length; i++) {
            Integer first = columns.putIfAbsent(names[i], i);
            if (first != null && !names[i].isBlank()) {
                problems.add(new ConfigurationError(
                        file.path().toString(),
                        1,
                        "",
                        "columns " + (first + 1) + " and " + (i + 1) + " are both called " + names[i]
                                + ": rename one of them",
                        null));
            }
        }
        if (!problems.isEmpty()) {
            throw new InvalidConfigurationException(problems);
        }
        mapping.checkColumns(List.of(names));
        return columns;
    }

    @Override
    public PrefixHash hash() {
        return hash;
    }

    @Override
    public @Nullable MappedRows next() throws IOException {
        while (true) {
            MappedRows wrong = broken.poll();
            if (wrong != null) {
                return wrong;
            }
            RowGroup ready = groups.poll(false);
            if (ready != null) {
                if (ready.last().number() > known) {
                    return step(ready, groups.resumeAt());
                }
                continue;
            }
            byte[] row = rows.next();
            if (row == null) {
                RowGroup last = groups.poll(true);
                // An extended file may add rows to the last group, so the group is read again then.
                return last == null ? null : step(last, -1);
            }
            read(row);
        }
    }

    private void read(byte[] row) {
        hash.add(row);
        String name = "row " + hash.rows();
        String wrong = rows.wrong();
        if (wrong == null && rows.size() != rows.width()) {
            wrong = rows.size() + " cells where the header has " + rows.width();
        }
        try {
            if (wrong == null) {
                groups.add(rows.cells(row, name));
                return;
            }
            wrong = name + ": " + wrong;
        } catch (MappingException notUtf8) {
            wrong = String.valueOf(notUtf8.getMessage());
        }
        groups.addUnreadable();
        if (hash.rows() > known) {
            broken.add(new MappedRows(1, List.of(), null, wrong, groups.resumeAt()));
        }
    }

    private MappedRows step(RowGroup group, long resumeAt) {
        int count = group.rows().size();
        try {
            String skipped = mapping.skipReason(group);
            List<MappedEvent> events = skipped == null ? mapping.toEvents(group) : List.of();
            if (skipped == null && events.isEmpty()) {
                skipped = "nothing in the mapping applies";
            }
            return new MappedRows(count, events, skipped, null, resumeAt);
        } catch (MappingException bad) {
            return new MappedRows(count, List.of(), null, bad.getMessage(), resumeAt);
        }
    }

    @Override
    public void close() throws IOException {
        rows.close();
    }
}
