package io.millrace.contracts.wire;

import io.millrace.contracts.sink.SinkCommand;
import io.millrace.contracts.sink.SinkCommandResult;
import io.millrace.contracts.sink.SinkPage;
import io.millrace.contracts.sink.SinkQuery;

/** What is asked and done about sinks. */
final class SinkCodec {
    private static final SinkCommand.Kind[] KINDS = SinkCommand.Kind.values();

    static final Codec<SinkQuery> QUERY = new Codec<>(
            SinkQuery.class,
            1,
            (q, w) -> {
                w.optionalText(q.sink());
                w.number(q.after());
                w.number(q.limit());
            },
            r -> new SinkQuery(r.optionalText(), r.number(), (int) r.number()));

    static final Codec<SinkPage> PAGE = new Codec<>(
            SinkPage.class,
            1,
            (p, w) -> {
                w.list(p.sinks(), (counts, to) -> {
                    to.text(counts.sink());
                    to.number(counts.waiting());
                    to.number(counts.dead());
                    to.optionalText(counts.disabled());
                });
                w.list(p.dead(), (dead, to) -> {
                    to.number(dead.id());
                    to.text(dead.stream());
                    EventCodec.write(dead.position(), to);
                    to.number(dead.attempts());
                    to.number(dead.sinceMs());
                    to.optionalText(dead.error());
                });
            },
            r -> new SinkPage(
                    r.list(from -> new SinkPage.Counts(from.text(), from.number(), from.number(), from.optionalText())),
                    r.list(from -> new SinkPage.Dead(
                            from.number(),
                            from.text(),
                            EventCodec.position(from),
                            (int) from.number(),
                            from.number(),
                            from.optionalText()))));

    static final Codec<SinkCommand> COMMAND = new Codec<>(
            SinkCommand.class,
            1,
            (c, w) -> {
                w.number(c.kind().ordinal());
                w.text(c.sink());
                w.list(c.ids(), (id, to) -> to.number(id));
                w.optionalText(c.stream());
                w.optional(c.position(), EventCodec::write);
                w.number(c.timeMicros());
                w.text(c.by());
                w.optionalText(c.tried());
            },
            r -> new SinkCommand(
                    r.constant(KINDS),
                    r.text(),
                    r.list(WireReader::number),
                    r.optionalText(),
                    r.optional(EventCodec::position),
                    r.number(),
                    r.text(),
                    r.optionalText()));

    static final Codec<SinkCommandResult> RESULT = new Codec<>(
            SinkCommandResult.class,
            1,
            (c, w) -> {
                w.number(c.matched());
                w.number(c.done());
                EventCodec.write(c.position(), w);
            },
            r -> new SinkCommandResult(r.number(), r.number(), EventCodec.position(r)));

    private SinkCodec() {}
}
