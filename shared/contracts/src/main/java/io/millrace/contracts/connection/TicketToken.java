package io.millrace.contracts.connection;

/** The token of the principal that a ticket was issued to. */
public record TicketToken(String token) {}
