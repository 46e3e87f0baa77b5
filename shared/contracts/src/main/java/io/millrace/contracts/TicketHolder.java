package io.millrace.contracts;

/** The token of whom a ticket was given to. */
public record TicketHolder(String token) {}
