package io.millrace.broadcast;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.millrace.contracts.Addresses;
import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Ticket;
import io.millrace.contracts.TicketHolder;
import io.millrace.platform.Bus;
import io.millrace.platform.Node;
import io.millrace.platform.Principal;
import io.vertx.core.Future;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;

/**
 * Tickets for those who can't send a header: each opens one connection, within half a minute, at any node. It is kept by
 * the node that gave it, whose name it begins with, so that only one can ever redeem it. Safe from any thread.
 */
final class Tickets {
    static final Duration LIFE = Duration.ofSeconds(30);
    private static final int SECRET_BYTES = 24;
    private static final int MAX_LENGTH = 128;

    private final Node node;
    private final String name;
    private final SecureRandom random = new SecureRandom();
    private final Cache<String, String> given =
            Caffeine.newBuilder().maximumSize(100_000).expireAfterWrite(LIFE).build();

    /**
     * @param name of this node, unique in the cluster
     */
    Tickets(Node node, String name) {
        this.node = node;
        this.name = name;
    }

    /** From now on other nodes can redeem what this one gave. */
    Future<Bus.Registration> serve() {
        return node.bus().serve(Addresses.tickets(name), this::take);
    }

    String issue(String token) {
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        String ticket = name + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
        given.put(ticket, token);
        return ticket;
    }

    /** Who it was given to; it is used up. */
    Future<Principal> redeem(String ticket) {
        int dot = ticket.indexOf('.');
        if (dot < 1 || ticket.length() > MAX_LENGTH) {
            return Future.failedFuture(unknown());
        }
        String giver = ticket.substring(0, dot);
        Future<TicketHolder> holder = giver.equals(name)
                ? take(new Ticket(ticket))
                // The giver may have gone, and with it its tickets.
                : node.bus()
                        .request(Addresses.tickets(giver), new Ticket(ticket))
                        .recover(gone -> Future.failedFuture(unknown()));
        return holder.compose(found -> node.tokens().verify(found.token()));
    }

    private Future<TicketHolder> take(Ticket ticket) {
        String token = given.asMap().remove(ticket.ticket());
        return token == null ? Future.failedFuture(unknown()) : Future.succeededFuture(new TicketHolder(token));
    }

    private static MillraceException unknown() {
        return new MillraceException(
                Failure.UNAUTHENTICATED,
                "no such ticket: each opens one connection, within " + LIFE.toSeconds() + " s of its making");
    }
}
