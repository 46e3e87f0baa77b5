package io.millrace.launcher.replay;

import io.millrace.contracts.domain.InvalidConfiguration;
import io.millrace.contracts.domain.Problem;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A table with a header line, UTF-8, as the events that a mapping makes of it. */
final class CsvSource implements EventSource {
    private final Mapping mapping;
    private final CsvReader rows;
    private final PrefixHash hash;
    private final RowGroups groups;
    private final long known;
    private final ArrayDeque<Step> broken = new ArrayDeque<>();

    private CsvSource(
            Mapping mapping, CsvReader rows, Map<String, Integer> columns, PrefixHash hash, ResumePoint resume) {
        this.mapping = mapping;
        this.rows = rows;
        this.hash = hash;
        this.known = resume.known();
        this.groups = new RowGroups(columns, mapping, resume.from());
    }

    /**
     * Opens a file where it is to go on.
     *
     * @throws InvalidConfiguration the mapping and the header don't fit
     */
    static CsvSource open(InputFile file, Mapping mapping, ResumePoint resume)
            throws IOException, InvalidConfiguration {
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
        } catch (IOException | InvalidConfiguration | RuntimeException failed) {
            rows.close();
            throw failed;
        }
    }

    private static Map<String, Integer> columns(InputFile file, CsvReader rows, byte[] header, Mapping mapping)
            throws IOException, InvalidConfiguration {
        String[] names;
        try {
            names = rows.cells(header, file.path() + ": the header");
        } catch (BadRow notUtf8) {
            throw new IOException(notUtf8.getMessage());
        }
        if (rows.wrong() != null) {
            throw new IOException(file.path() + ": the header: " + rows.wrong());
        }
        List<Problem> problems = new ArrayList<>();
        Map<String, Integer> columns = new HashMap<>();
        for (int i = 0; i < names.length; i++) {
            Integer first = columns.putIfAbsent(names[i], i);
            if (first != null && !names[i].isBlank()) {
                problems.add(new Problem(
                        file.path().toString(),
                        1,
                        "",
                        "columns " + (first + 1) + " and " + (i + 1) + " are both called " + names[i]
                                + ": rename one of them",
                        null));
            }
        }
        if (!problems.isEmpty()) {
            throw new InvalidConfiguration(problems);
        }
        mapping.check(List.of(names));
        return columns;
    }

    @Override
    public PrefixHash hash() {
        return hash;
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
                if (ready.last().number() > known) {
                    return step(ready, groups.resumeAt());
                }
                continue;
            }
            byte[] row = rows.next();
            if (row == null) {
                RowGroup last = groups.poll(true);
                // A file that goes on may add rows to it, so it is read again then.
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
        } catch (BadRow notUtf8) {
            wrong = String.valueOf(notUtf8.getMessage());
        }
        groups.addBroken();
        if (hash.rows() > known) {
            broken.add(new Step(1, List.of(), null, wrong, groups.resumeAt()));
        }
    }

    private Step step(RowGroup group, long resumeAt) {
        int count = group.rows().size();
        try {
            String skipped = mapping.skipped(group);
            List<Outgoing> events = skipped == null ? mapping.events(group) : List.of();
            if (skipped == null && events.isEmpty()) {
                skipped = "nothing in the mapping applies";
            }
            return new Step(count, events, skipped, null, resumeAt);
        } catch (BadRow bad) {
            return new Step(count, List.of(), null, bad.getMessage(), resumeAt);
        }
    }

    @Override
    public void close() throws IOException {
        rows.close();
    }
}
