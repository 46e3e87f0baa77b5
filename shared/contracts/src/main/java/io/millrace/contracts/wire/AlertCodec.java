package io.millrace.contracts.wire;

import io.millrace.contracts.alert.ActiveAlert;
import io.millrace.contracts.alert.AlertCommand;
import io.millrace.contracts.alert.AlertMarks;
import io.millrace.contracts.alert.AlertReport;

/** What nodes find wrong, and what operators do about it. */
final class AlertCodec {
    private static final AlertCommand.Kind[] KINDS = AlertCommand.Kind.values();

    static final Codec<AlertReport> REPORT = new Codec<>(
            AlertReport.class,
            1,
            (a, w) -> {
                w.text(a.node());
                w.number(a.atMicros());
                w.flag(a.leaving());
                w.list(a.alerts(), (alert, to) -> {
                    to.text(alert.alert());
                    to.text(alert.about());
                    to.number(alert.sinceMicros());
                    to.text(alert.message());
                });
            },
            r -> new AlertReport(
                    r.text(),
                    r.number(),
                    r.flag(),
                    r.list(from -> new ActiveAlert(from.text(), from.text(), from.number(), from.text()))));

    static final Codec<AlertCommand> COMMAND = new Codec<>(
            AlertCommand.class,
            1,
            (c, w) -> {
                w.number(c.kind().ordinal());
                w.text(c.alert());
                w.text(c.about());
                w.number(c.untilMicros());
                w.optionalText(c.detail());
                w.text(c.by());
            },
            r -> new AlertCommand(r.constant(KINDS), r.text(), r.text(), r.number(), r.optionalText(), r.text()));

    static final Codec<AlertMarks> MARKS = new Codec<>(
            AlertMarks.class,
            1,
            (m, w) -> {
                w.list(m.acknowledged(), (mark, to) -> {
                    to.text(mark.alert());
                    to.text(mark.about());
                    to.text(mark.by());
                    to.number(mark.atMicros());
                });
                w.list(m.silenced(), (silence, to) -> {
                    to.text(silence.alert());
                    to.text(silence.about());
                    to.number(silence.untilMicros());
                    to.optionalText(silence.reason());
                    to.text(silence.by());
                });
            },
            r -> new AlertMarks(
                    r.list(from ->
                            new AlertMarks.Acknowledgement(from.text(), from.text(), from.text(), from.number())),
                    r.list(from -> new AlertMarks.Silence(
                            from.text(), from.text(), from.number(), from.optionalText(), from.text()))));

    private AlertCodec() {}
}
