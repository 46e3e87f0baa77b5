package io.millrace.contracts.wire;

import io.millrace.contracts.deadletter.DeadLetter;
import io.millrace.contracts.deadletter.DeadLetterCommand;
import io.millrace.contracts.deadletter.DeadLetterFilter;
import io.millrace.contracts.deadletter.DeadLetterPage;
import io.millrace.contracts.deadletter.DeadLetterQuery;
import io.millrace.contracts.deadletter.DeadLetterReport;
import io.millrace.contracts.failure.Failure;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Codecs of dead letters. As in {@link Codecs}, enums are encoded by ordinal. */
final class DeadLetterCodec {
    private static final DeadLetter.State[] STATES = DeadLetter.State.values();
    private static final DeadLetterCommand.Kind[] KINDS = DeadLetterCommand.Kind.values();
    private static final Failure[] FAILURES = Failure.values();

    private DeadLetterCodec() {}

    static void write(DeadLetterQuery q, WireWriter w) {
        write(q.filter(), w);
        w.number(q.before());
        w.number(q.limit());
        w.flag(q.content());
        w.flag(q.groups());
    }

    static DeadLetterQuery query(WireReader r) {
        return new DeadLetterQuery(filter(r), r.number(), (int) r.number(), r.flag(), r.flag());
    }

    static void write(DeadLetterCommand a, WireWriter w) {
        w.number(a.kind().ordinal());
        write(a.filter(), w);
        w.text(a.by());
        w.flag(a.dryRun());
        w.optionalBytes(a.change());
    }

    static DeadLetterCommand act(WireReader r) {
        return new DeadLetterCommand(r.constant(KINDS), filter(r), r.text(), r.flag(), r.optionalBytes());
    }

    static void write(DeadLetterReport d, WireWriter w) {
        w.text(d.source());
        w.text(d.place());
        w.number(d.partition());
        w.number(d.offset());
        w.number(d.timeMs());
        w.number(d.failure().ordinal());
        w.text(d.message());
        w.list(List.copyOf(d.attributes().entrySet()), (attribute, to) -> {
            to.text(attribute.getKey());
            to.text(attribute.getValue());
        });
        w.optionalBytes(d.key());
        w.bytes(d.record());
    }

    static DeadLetterReport report(WireReader r) {
        return new DeadLetterReport(
                r.text(),
                r.text(),
                (int) r.number(),
                r.number(),
                r.number(),
                r.constant(FAILURES),
                r.text(),
                attributes(r),
                r.optionalBytes(),
                r.bytes());
    }

    private static SortedMap<String, String> attributes(WireReader r) {
        SortedMap<String, String> attributes = new TreeMap<>();
        r.list(from -> Map.entry(from.text(), from.text()))
                .forEach(attribute -> attributes.put(attribute.getKey(), attribute.getValue()));
        return attributes;
    }

    static void write(DeadLetterPage p, WireWriter w) {
        w.list(p.letters(), DeadLetterCodec::write);
        w.list(p.groups(), (group, to) -> {
            to.text(group.fingerprint());
            to.text(group.code());
            to.optionalText(group.type());
            to.text(group.message());
            to.number(group.letters());
        });
    }

    static DeadLetterPage page(WireReader r) {
        return new DeadLetterPage(
                r.list(DeadLetterCodec::letter),
                r.list(from -> new DeadLetterPage.Group(
                        from.text(), from.text(), from.optionalText(), from.text(), from.number())));
    }

    private static void write(DeadLetterFilter f, WireWriter w) {
        w.list(f.ids(), (id, to) -> to.number(id));
        w.optionalText(f.type());
        w.optionalText(f.stream());
        w.optionalText(f.reason());
        w.optionalText(f.fingerprint());
        w.number(f.fromMicros());
        w.number(f.toMicros());
        w.number(f.state() == null ? 0 : f.state().ordinal() + 1L);
    }

    private static DeadLetterFilter filter(WireReader r) {
        return new DeadLetterFilter(
                r.list(WireReader::number),
                r.optionalText(),
                r.optionalText(),
                r.optionalText(),
                r.optionalText(),
                r.number(),
                r.number(),
                r.optionalConstant(STATES));
    }

    private static void write(DeadLetter l, WireWriter w) {
        w.number(l.id());
        w.optionalText(l.eventId());
        w.optionalText(l.source());
        w.optionalText(l.type());
        w.optionalText(l.stream());
        w.text(l.code());
        w.text(l.message());
        w.text(l.fingerprint());
        w.text(l.stage());
        w.number(l.attempts());
        w.text(l.origin());
        w.number(l.firstFailedMicros());
        w.number(l.diedMicros());
        w.number(l.state().ordinal());
        w.number(l.revision());
        w.optional(l.content(), (content, to) -> {
            to.optionalBytes(content.event());
            to.bytes(content.headers());
            to.bytes(content.record());
        });
    }

    private static DeadLetter letter(WireReader r) {
        return new DeadLetter(
                r.number(),
                r.optionalText(),
                r.optionalText(),
                r.optionalText(),
                r.optionalText(),
                r.text(),
                r.text(),
                r.text(),
                r.text(),
                (int) r.number(),
                r.text(),
                r.number(),
                r.number(),
                r.constant(STATES),
                (int) r.number(),
                r.optional(from -> new DeadLetter.Content(from.optionalBytes(), from.bytes(), from.bytes())));
    }
}
