package io.millrace.contracts.wire;

import io.millrace.contracts.Peer;
import io.millrace.contracts.Ticket;
import io.millrace.contracts.TicketHolder;

/** What nodes that have clients tell one another. */
final class PeerCodec {
    private static final Peer.Kind[] KINDS = Peer.Kind.values();

    static final Codec<Peer> PEER = new Codec<>(
            Peer.class,
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
                w.list(p.people(), (person, to) -> {
                    to.text(person.place());
                    to.text(person.user());
                    to.number(person.connections());
                    to.number(person.sinceMicros());
                });
            },
            r -> new Peer(
                    r.text(),
                    r.number(),
                    r.flag(),
                    r.list(from -> new Peer.Count(from.constant(KINDS), from.text(), (int) from.number())),
                    r.list(from -> new Peer.Person(from.text(), from.text(), (int) from.number(), from.number()))));

    static final Codec<Ticket> TICKET = new Codec<>(
            Ticket.class,
            2,
            (t, w) -> {
                w.text(t.ticket());
                w.flag(t.resumes());
            },
            r -> new Ticket(r.text(), r.flag()));

    static final Codec<TicketHolder> TICKET_HOLDER =
            new Codec<>(TicketHolder.class, 1, (t, w) -> w.text(t.token()), r -> new TicketHolder(r.text()));

    private PeerCodec() {}
}
