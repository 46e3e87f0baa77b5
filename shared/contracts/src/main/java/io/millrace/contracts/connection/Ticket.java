package io.millrace.contracts.connection;

/**
 * A ticket that somebody wants to open a connection with.
 *
 * @param resumes whether the same ticket may open a connection again: an {@code EventSource} comes back with its URL as it
 *     was. Otherwise the ticket is used up by the asking
 */
public record Ticket(String ticket, boolean resumes) {}
