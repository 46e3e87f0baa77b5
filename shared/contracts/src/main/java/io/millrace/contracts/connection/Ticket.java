package io.millrace.contracts.connection;

/**
 * A ticket that a client presents to open a connection.
 *
 * @param resumes whether the ticket may open another connection later: an {@code EventSource} reconnects with the same
 *     URL; otherwise the ticket is used up
 */
public record Ticket(String ticket, boolean resumes) {}
