package io.millrace.queue.deadletter;

import io.millrace.contracts.deadletter.DeadLetterFilter;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.wire.Codecs;
import io.millrace.queue.DatabaseFixture;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

/** Dead letters of a test, by a fingerprint of their own. */
final class LetterRows {
    final String group = UUID.randomUUID().toString();
    private final DatabaseFixture postgres;

    LetterRows(DatabaseFixture postgres) {
        this.postgres = postgres;
    }

    DeadLetterFilter all() {
        return new DeadLetterFilter(
                List.of(), null, null, null, group, DeadLetterFilter.EVER, DeadLetterFilter.NEVER, null);
    }

    /** Letters of this test's group, each an event of its own. */
    List<String> letters(int count) throws Exception {
        List<String> events = new ArrayList<>();
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String id = group + "-" + i;
            Event event = Event.builder(id, "note:written", "tests").stream("notes")
                    .publisher("u")
                    .data("{\"note\":\"n\"}".getBytes(StandardCharsets.UTF_8))
                    .build();
            events.add(id);
            rows.add("('" + id + "', '" + HexFormat.of().formatHex(Codecs.EVENT.encode(event)) + "', " + i + ")");
        }
        insert("queue", "tests", rows);
        return events;
    }

    void insert(String stage, String source, List<String> rows) throws Exception {
        postgres.texts("insert into dead_letters (origin_topic, origin_partition, origin_offset, origin_at, event_id,"
                + " source, type, stream, code, message, fingerprint, stage, attempts, headers, key, record,"
                + " first_failed_at, died_at, alerted) select '" + group + "', 0, n, now(), id, '" + source
                + "', 'note:written', 'notes', 'version_conflict', 'why', '" + group + "', '" + stage
                + "', 5, '[]', 'notes', decode(hex, 'hex'), now(), now(), true from (values "
                + String.join(", ", rows) + ") as given (id, hex, n) returning id");
    }

    List<String> states() throws Exception {
        return postgres.texts("select state || ' ' || count(*) from dead_letters where fingerprint = '" + group
                + "' group by state order by state");
    }
}
