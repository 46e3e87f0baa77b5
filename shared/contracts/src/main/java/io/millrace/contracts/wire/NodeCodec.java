package io.millrace.contracts.wire;

import io.millrace.contracts.cluster.NodeConfiguration;
import io.millrace.contracts.cluster.NodeConfigurationQuery;
import io.millrace.contracts.cluster.NodeStatus;
import io.millrace.contracts.cluster.TaskStatus;
import io.millrace.contracts.connection.NodeInfo;
import io.millrace.contracts.connection.Ticket;
import io.millrace.contracts.connection.TicketToken;

/** Codecs of what nodes publish, and of tickets. */
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
