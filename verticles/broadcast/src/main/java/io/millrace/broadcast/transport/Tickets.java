package io.millrace.broadcast.transport;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.connection.Ticket;
import io.millrace.contracts.connection.TicketToken;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.NodeContext;
import io.vertx.core.Future;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.ConcurrentMap;

/**
 * Tickets for clients that can't send a header: each opens one connection, within half a minute, at any node. The node that
 * issued a ticket keeps it; the ticket starts with the node's name, so that it can be redeemed only once. A ticket that
 * opened a response of server-sent events opens another one while that response lasts and for half a minute after, and
 * nothing else: {@code EventSource} reconnects with the same URL. Safe from any thread.
 */
public final class Tickets {
    public static final Duration LIFE = Duration.ofSeconds(30);
    private static final int SECRET_BYTES = 24;
    private static final int MAX_LENGTH = 128;

    private final NodeContext node;
    private final String name;
    private final SecureRandom random = new SecureRandom();
    private final Cache<String, Issued> issued =
            Caffeine.newBuilder().maximumSize(100_000).expireAfterWrite(LIFE).build();

    /**
     * A ticket that was issued.
     *
     * @param resumable whether the ticket has opened a connection and may open another one
     */
    private record Issued(String token, boolean resumable) {}

    /**
     * Makes the tickets of this node.
     *
     * @param name the name of this node, unique in the cluster
     */
    public Tickets(NodeContext node, String name) {
        this.node = node;
        this.name = name;
    }

    /** Serves other nodes that redeem tickets of this node. */
    public Future<Bus.Registration> serve() {
        return node.bus().serve(Addresses.tickets(name), this::redeemLocally);
    }

    String issue(String token) {
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        String ticket = name + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
        issued.put(ticket, new Issued(token, false));
        return ticket;
    }

    /** The principal that the ticket was issued to. A ticket that doesn't resume is used up. */
    public Future<Principal> redeem(Ticket ticket) {
        return holder(ticket).compose(found -> node.tokens().verify(found.token()));
    }

    /** Renews a ticket whose connection is still open. */
    public void keep(Ticket ticket) {
        holder(ticket).onFailure(gone -> {});
    }

    private Future<TicketToken> holder(Ticket ticket) {
        int dot = ticket.ticket().indexOf('.');
        if (dot < 1 || ticket.ticket().length() > MAX_LENGTH) {
            return Future.failedFuture(unknown());
        }
        String issuer = ticket.ticket().substring(0, dot);
        return issuer.equals(name)
                ? redeemLocally(ticket)
                // The issuer may be gone, and its tickets with it.
                : node.bus().request(Addresses.tickets(issuer), ticket).recover(gone -> Future.failedFuture(unknown()));
    }

    private Future<TicketToken> redeemLocally(Ticket ticket) {
        ConcurrentMap<String, Issued> tickets = issued.asMap();
        Issued found = tickets.get(ticket.ticket());
        if (found == null) {
            return Future.failedFuture(unknown());
        }
        // Replacing the entry restarts its lifetime.
        boolean valid = ticket.resumes()
                ? tickets.replace(ticket.ticket(), new Issued(found.token(), true)) != null
                : !found.resumable() && tickets.remove(ticket.ticket(), found);
        return valid ? Future.succeededFuture(new TicketToken(found.token())) : Future.failedFuture(unknown());
    }

    private static MillraceException unknown() {
        return new MillraceException(
                Failure.UNAUTHENTICATED,
                "no such ticket: each opens one connection, within " + LIFE.toSeconds() + " s of its making");
    }
}
