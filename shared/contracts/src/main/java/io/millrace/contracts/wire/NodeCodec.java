package io.millrace.contracts.wire;

import io.millrace.contracts.connection.NodeInfo;
import io.millrace.contracts.connection.Ticket;
import io.millrace.contracts.connection.TicketToken;

/** Codecs of what nodes with clients publish, and of tickets. */
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

    private NodeCodec() {}
}
