package io.millrace.contracts.wire;

import static io.millrace.contracts.wire.Samples.bytes;

import io.millrace.contracts.deadletter.DeadLetter;
import io.millrace.contracts.deadletter.DeadLetterAct;
import io.millrace.contracts.deadletter.DeadLetterActPage;
import io.millrace.contracts.deadletter.DeadLetterActQuery;
import io.millrace.contracts.deadletter.DeadLetterCommand;
import io.millrace.contracts.deadletter.DeadLetterCommandResult;
import io.millrace.contracts.deadletter.DeadLetterFilter;
import io.millrace.contracts.deadletter.DeadLetterPage;
import io.millrace.contracts.deadletter.DeadLetterQuery;
import io.millrace.contracts.deadletter.DeadLetterReport;
import io.millrace.contracts.failure.Failure;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Every record about dead letters, with everything and with nothing in it. */
final class DeadLetterSamples {
    private DeadLetterSamples() {}

    static List<Record> all() {
        DeadLetterFilter full = new DeadLetterFilter(
                List.of(1L, Long.MAX_VALUE),
                "a:b",
                "s",
                "version_conflict",
                "f",
                -1,
                5,
                DeadLetter.State.DISCARDED,
                "shop",
                4);
        DeadLetter read = new DeadLetter(
                7,
                "e-1",
                "shop",
                "a:b",
                "s",
                "c",
                "m",
                "f",
                "queue",
                5,
                "t-0@9",
                1,
                2,
                DeadLetter.State.DEAD,
                1,
                0,
                null,
                null);
        DeadLetter.Content garbage = new DeadLetter.Content(null, bytes("[]"), bytes("no event"));
        DeadLetter unread = new DeadLetter(
                8,
                null,
                null,
                null,
                null,
                "c",
                "m",
                "f",
                "",
                1,
                "",
                1,
                2,
                DeadLetter.State.REDRIVEN,
                0,
                3,
                DeadLetter.Sequel.DIED_AGAIN,
                garbage);
        return List.of(
                new DeadLetterQuery(full, Long.MAX_VALUE, 100, true, false),
                new DeadLetterQuery(DeadLetterFilter.ofIds(List.of()), 12, 1, false, true),
                new DeadLetterPage(
                        List.of(read, unread),
                        List.of(new DeadLetterPage.Group("f", "c", null, "m", 3, 8, 1, 9, List.of(2L, 0L, 1L))),
                        -5,
                        600),
                new DeadLetterPage(List.of(), List.of(), 0, 0),
                new DeadLetterActQuery(Long.MAX_VALUE, 1),
                new DeadLetterActPage(List.of(
                        new DeadLetterAct(7, 1, "u", "edit", bytes("{}"), 1, bytes("{}"), null),
                        new DeadLetterAct(
                                8,
                                1,
                                "u",
                                "redrive",
                                bytes("{}"),
                                5,
                                null,
                                new DeadLetterAct.Paced(9, DeadLetterAct.State.DONE, 6, 1, 2, "why")))),
                new DeadLetterCommand(DeadLetterCommand.Kind.EDIT, full, "u", false, bytes("{}"), 0),
                new DeadLetterCommand(DeadLetterCommand.Kind.REDRIVE, full, "", true, null, 50),
                new DeadLetterCommand(DeadLetterCommand.Kind.DISCARD, full, "u", true, null, 0),
                new DeadLetterCommand(DeadLetterCommand.Kind.STOP, full, "u", false, null, 0),
                new DeadLetterCommandResult(5, 3),
                new DeadLetterReport(
                        "github",
                        "topic",
                        3,
                        Long.MAX_VALUE,
                        1,
                        Failure.INVALID_EVENT,
                        "why",
                        new TreeMap<>(Map.of("#a", "1", "#b", "")),
                        bytes("key"),
                        bytes("{")),
                new DeadLetterReport("s", "", 0, 0, 0, Failure.UNKNOWN_TYPE, "", new TreeMap<>(), null, bytes("")));
    }
}
