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
 * Tickets for clients that can't send a header: each opens one connection, within half a minute, at any node. It is kept
 * by the node that gave it, whose name it begins with, so that only one can ever redeem it. A ticket that opened a
 * response of server-sent events opens another one while that response lasts and for half a minute after, and nothing
 * else: {@code EventSource} comes back with the URL that it had. Safe from any thread.
 */
public final class Tickets {
    public static final Duration LIFE = Duration.ofSeconds(30);
    private static final int SECRET_BYTES = 24;
    private static final int MAX_LENGTH = 128;

    private final NodeContext node;
    private final String name;
    private final SecureRandom random = new SecureRandom();
    private final Cache<String, Given> given =
            Caffeine.newBuilder().maximumSize(100_000).expireAfterWrite(LIFE).build();

    /**
     * @param resumable whether it has opened a connection, and may again
     */
    private record Given(String token, boolean resumable) {}

    /**
     * @param name of this node, unique in the cluster
     */
    public Tickets(NodeContext node, String name) {
        this.node = node;
        this.name = name;
    }

    /** From now on other nodes can redeem what this one gave. */
    public Future<Bus.Registration> serve() {
        return node.bus().serve(Addresses.tickets(name), this::take);
    }

    String issue(String token) {
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        String ticket = name + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
        given.put(ticket, new Given(token, false));
        return ticket;
    }

    /** Who it was given to; unless it resumes it is used up. */
    public Future<Principal> redeem(Ticket ticket) {
        return holder(ticket).compose(found -> node.tokens().verify(found.token()));
    }

    /** A connection that a ticket has opened and may open again lasts. */
    public void keep(Ticket ticket) {
        holder(ticket).onFailure(gone -> {});
    }

    private Future<TicketToken> holder(Ticket ticket) {
        int dot = ticket.ticket().indexOf('.');
        if (dot < 1 || ticket.ticket().length() > MAX_LENGTH) {
            return Future.failedFuture(unknown());
        }
        String giver = ticket.ticket().substring(0, dot);
        return giver.equals(name)
                ? take(ticket)
                // The giver may have gone, and with it its tickets.
                : node.bus().request(Addresses.tickets(giver), ticket).recover(gone -> Future.failedFuture(unknown()));
    }

    private Future<TicketToken> take(Ticket ticket) {
        ConcurrentMap<String, Given> tickets = given.asMap();
        Given found = tickets.get(ticket.ticket());
        // Written anew, it has its whole life before it.
        if (found == null) {
            return Future.failedFuture(unknown());
        }
        boolean good = ticket.resumes()
                ? tickets.replace(ticket.ticket(), new Given(found.token(), true)) != null
                : !found.resumable() && tickets.remove(ticket.ticket(), found);
        return good ? Future.succeededFuture(new TicketToken(found.token())) : Future.failedFuture(unknown());
    }

    private static MillraceException unknown() {
        return new MillraceException(
                Failure.UNAUTHENTICATED,
                "no such ticket: each opens one connection, within " + LIFE.toSeconds() + " s of its making");
    }
}
