package io.millrace.contracts.wire;

import io.millrace.contracts.alert.ActiveAlert;
import io.millrace.contracts.alert.AlertCommand;
import io.millrace.contracts.alert.AlertMarks;
import io.millrace.contracts.alert.AlertReport;
import io.millrace.contracts.cluster.NodeConfiguration;
import io.millrace.contracts.cluster.NodeConfigurationQuery;
import io.millrace.contracts.cluster.NodeStatus;
import io.millrace.contracts.cluster.TaskStatus;
import io.millrace.contracts.connection.NodeInfo;
import io.millrace.contracts.connection.Ticket;
import io.millrace.contracts.connection.TicketToken;

/** Codecs of what nodes publish, of alerts and what is done about them, and of tickets. */
final class NodeCodec {
    private static final NodeInfo.Kind[] KINDS = NodeInfo.Kind.values();

    static final Codec<NodeInfo> PEER = new Codec<>(
            NodeInfo.class,
            1,
            (p, w) -> {
                w.text(p.node());
                w.number(p.sinceMicros());
                w.flag(p.leaving());
                w.list(p.counts(), (count, to) -> {
                    to.number(count.kind().ordinal());
                    to.text(count.name());
                    to.number(count.number());
                });
                w.list(p.users(), (user, to) -> {
                    to.text(user.channel());
                    to.text(user.user());
                    to.number(user.connections());
                    to.number(user.sinceMicros());
                });
            },
            r -> new NodeInfo(
                    r.text(),
                    r.number(),
                    r.flag(),
                    r.list(from -> new NodeInfo.Count(from.constant(KINDS), from.text(), (int) from.number())),
                    r.list(from ->
                            new NodeInfo.PresentUser(from.text(), from.text(), (int) from.number(), from.number()))));

    static final Codec<Ticket> TICKET = new Codec<>(
            Ticket.class,
            2,
            (t, w) -> {
                w.text(t.ticket());
                w.flag(t.resumes());
            },
            r -> new Ticket(r.text(), r.flag()));

    static final Codec<TicketToken> TICKET_HOLDER =
            new Codec<>(TicketToken.class, 1, (t, w) -> w.text(t.token()), r -> new TicketToken(r.text()));

    private static final TaskStatus.State[] STATES = TaskStatus.State.values();

    /** The second version had no figures. */
    static final Codec<NodeStatus> STATUS = new Codec<>(
            NodeStatus.class,
            3,
            (n, w) -> {
                w.text(n.node());
                w.text(n.version());
                w.number(n.startedMicros());
                w.flag(n.leaving());
                w.list(n.stages(), (stage, to) -> to.text(stage));
                w.list(n.problems(), (problem, to) -> {
                    to.text(problem.part());
                    to.text(problem.message());
                });
                w.list(n.sources(), NodeCodec::write);
                w.list(n.sinks(), NodeCodec::write);
                w.optional(n.figures(), (figures, to) -> to.list(figures, NodeCodec::writeFigure));
            },
            r -> status(r, true),
            r -> status(r, false));

    static final Codec<NodeConfigurationQuery> CONFIGURATION_QUERY =
            new Codec<>(NodeConfigurationQuery.class, 1, (q, w) -> {}, r -> new NodeConfigurationQuery());

    static final Codec<NodeConfiguration> CONFIGURATION = new Codec<>(
            NodeConfiguration.class,
            1,
            (n, w) -> w.list(n.settings(), (setting, to) -> {
                to.text(setting.name());
                to.optionalText(setting.value());
                to.text(setting.fallback());
                to.text(setting.source());
                to.text(setting.kind());
                to.text(setting.range());
            }),
            r -> new NodeConfiguration(r.list(from -> new NodeConfiguration.Setting(
                    from.text(), from.optionalText(), from.text(), from.text(), from.text(), from.text()))));

    private static final AlertCommand.Kind[] ALERT_ACTS = AlertCommand.Kind.values();

    static final Codec<AlertReport> ALERT_REPORT = new Codec<>(
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

    static final Codec<AlertCommand> ALERT_COMMAND = new Codec<>(
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
            r -> new AlertCommand(r.constant(ALERT_ACTS), r.text(), r.text(), r.number(), r.optionalText(), r.text()));

    static final Codec<AlertMarks> ALERT_MARKS = new Codec<>(
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

    private static NodeStatus status(WireReader r, boolean figures) {
        return new NodeStatus(
                r.text(),
                r.text(),
                r.number(),
                r.flag(),
                r.list(WireReader::text),
                r.list(from -> new NodeStatus.Problem(from.text(), from.text())),
                r.list(NodeCodec::task),
                r.list(NodeCodec::task),
                figures ? r.optional(from -> from.list(NodeCodec::figure)) : null);
    }

    private static void writeFigure(NodeStatus.Figure figure, WireWriter w) {
        w.text(figure.stage());
        w.text(figure.name());
        w.number(figure.value());
    }

    private static NodeStatus.Figure figure(WireReader r) {
        return new NodeStatus.Figure(r.text(), r.text(), r.number());
    }

    private static void write(TaskStatus s, WireWriter w) {
        w.text(s.name());
        w.text(s.kind());
        w.number(s.state().ordinal());
        w.number(s.lag());
        w.optionalText(s.problem());
        w.number(s.lastMessageMs());
        w.optionalText(s.lastError());
        w.number(s.lastErrorMs());
    }

    private static TaskStatus task(WireReader r) {
        return new TaskStatus(
                r.text(),
                r.text(),
                r.constant(STATES),
                r.number(),
                r.optionalText(),
                r.number(),
                r.optionalText(),
                r.number());
    }

    private NodeCodec() {}
}
