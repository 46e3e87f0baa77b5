package io.millrace.contracts.connection;

/** The token of whom a ticket was given to. */
public record TicketToken(String token) {}
