package io.millrace.contracts.wire;

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
import java.util.SortedMap;
import java.util.TreeMap;

/** Codecs of dead letters. As in {@link Codecs}, enums are encoded by ordinal. "Before" is the release before. */
final class DeadLetterCodec {
    private static final DeadLetter.State[] STATES = DeadLetter.State.values();
    private static final DeadLetter.Sequel[] SEQUELS = DeadLetter.Sequel.values();
    private static final DeadLetterCommand.Kind[] KINDS = DeadLetterCommand.Kind.values();
    private static final DeadLetterAct.State[] ACT_STATES = DeadLetterAct.State.values();
    private static final Failure[] FAILURES = Failure.values();

    static final Codec<DeadLetterQuery> QUERY = new Codec<>(
            DeadLetterQuery.class,
            2,
            DeadLetterCodec::write,
            r -> query(r, filter(r)),
            before -> query(before, filterBefore(before)));

    static final Codec<DeadLetterPage> PAGE = new Codec<>(
            DeadLetterPage.class, 2, DeadLetterCodec::write, DeadLetterCodec::page, DeadLetterCodec::pageBefore);

    static final Codec<DeadLetterCommand> COMMAND = new Codec<>(
            DeadLetterCommand.class,
            2,
            DeadLetterCodec::write,
            r -> new DeadLetterCommand(
                    r.constant(KINDS), filter(r), r.text(), r.flag(), r.optionalBytes(), (int) r.number()),
            before -> new DeadLetterCommand(
                    before.constant(KINDS),
                    filterBefore(before),
                    before.text(),
                    before.flag(),
                    before.optionalBytes(),
                    0));

    static final Codec<DeadLetterCommandResult> RESULT = new Codec<>(
            DeadLetterCommandResult.class,
            1,
            (c, w) -> {
                w.number(c.matched());
                w.number(c.done());
            },
            r -> new DeadLetterCommandResult(r.number(), r.number()));

    static final Codec<DeadLetterReport> REPORT =
            new Codec<>(DeadLetterReport.class, 1, DeadLetterCodec::write, DeadLetterCodec::report);

    static final Codec<DeadLetterActQuery> ACT_QUERY = new Codec<>(
            DeadLetterActQuery.class,
            1,
            (q, w) -> {
                w.number(q.before());
                w.number(q.limit());
            },
            r -> new DeadLetterActQuery(r.number(), (int) r.number()));

    static final Codec<DeadLetterActPage> ACT_PAGE = new Codec<>(
            DeadLetterActPage.class,
            1,
            (p, w) -> w.list(p.acts(), DeadLetterCodec::write),
            r -> new DeadLetterActPage(r.list(DeadLetterCodec::act)));

    private DeadLetterCodec() {}

    private static void write(DeadLetterQuery q, WireWriter w) {
        write(q.filter(), w);
        w.number(q.before());
        w.number(q.limit());
        w.flag(q.content());
        w.flag(q.groups());
    }

    private static DeadLetterQuery query(WireReader r, DeadLetterFilter filter) {
        return new DeadLetterQuery(filter, r.number(), (int) r.number(), r.flag(), r.flag());
    }

    private static void write(DeadLetterCommand a, WireWriter w) {
        w.number(a.kind().ordinal());
        write(a.filter(), w);
        w.text(a.by());
        w.flag(a.dryRun());
        w.optionalBytes(a.change());
        w.number(a.pace());
    }

    private static void write(DeadLetterAct a, WireWriter w) {
        w.number(a.id());
        w.number(a.atMicros());
        w.text(a.by());
        w.text(a.act());
        w.bytes(a.filter());
        w.number(a.letters());
        w.optionalBytes(a.change());
        w.optional(a.paced(), (paced, to) -> {
            to.number(paced.pace());
            to.number(paced.state().ordinal());
            to.number(paced.matched());
            to.number(paced.refused());
            to.number(paced.endedMicros());
            to.optionalText(paced.problem());
        });
    }

    private static DeadLetterAct act(WireReader r) {
        return new DeadLetterAct(
                r.number(),
                r.number(),
                r.text(),
                r.text(),
                r.bytes(),
                r.number(),
                r.optionalBytes(),
                r.optional(from -> new DeadLetterAct.Paced(
                        (int) from.number(),
                        from.constant(ACT_STATES),
                        from.number(),
                        from.number(),
                        from.number(),
                        from.optionalText())));
    }

    private static void write(DeadLetterReport d, WireWriter w) {
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

    private static DeadLetterReport report(WireReader r) {
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

    private static void write(DeadLetterPage p, WireWriter w) {
        w.list(p.letters(), DeadLetterCodec::write);
        w.list(p.groups(), (group, to) -> {
            to.text(group.fingerprint());
            to.text(group.code());
            to.optionalText(group.type());
            to.text(group.message());
            to.number(group.letters());
            to.number(group.newest());
            to.number(group.firstMicros());
            to.number(group.lastMicros());
            to.list(group.periods(), (letters, each) -> each.number(letters));
        });
        w.number(p.fromMicros());
        w.number(p.periodMicros());
    }

    private static DeadLetterPage page(WireReader r) {
        return new DeadLetterPage(
                r.list(from -> letter(from, true)),
                r.list(from -> new DeadLetterPage.Group(
                        from.text(),
                        from.text(),
                        from.optionalText(),
                        from.text(),
                        from.number(),
                        from.number(),
                        from.number(),
                        from.number(),
                        from.list(WireReader::number))),
                r.number(),
                r.number());
    }

    private static DeadLetterPage pageBefore(WireReader r) {
        return new DeadLetterPage(
                r.list(from -> letter(from, false)),
                r.list(from -> new DeadLetterPage.Group(
                        from.text(), from.text(), from.optionalText(), from.text(), from.number(), 0, 0, 0, List.of())),
                0,
                0);
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
        w.optionalText(f.source());
        w.number(f.act());
    }

    private static DeadLetterFilter filter(WireReader r) {
        DeadLetterFilter before = filterBefore(r);
        return new DeadLetterFilter(
                before.ids(),
                before.type(),
                before.stream(),
                before.reason(),
                before.fingerprint(),
                before.fromMicros(),
                before.toMicros(),
                before.state(),
                r.optionalText(),
                r.number());
    }

    private static DeadLetterFilter filterBefore(WireReader r) {
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
        w.number(l.act());
        w.number(l.sequel() == null ? 0 : l.sequel().ordinal() + 1L);
        w.optional(l.content(), (content, to) -> {
            to.optionalBytes(content.event());
            to.bytes(content.headers());
            to.bytes(content.record());
        });
    }

    private static DeadLetter letter(WireReader r, boolean acts) {
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
                acts ? r.number() : 0,
                acts ? r.optionalConstant(SEQUELS) : null,
                r.optional(from -> new DeadLetter.Content(from.optionalBytes(), from.bytes(), from.bytes())));
    }
}
