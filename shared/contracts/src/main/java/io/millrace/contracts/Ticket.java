package io.millrace.contracts;

/** A ticket that somebody wants to open a connection with: it is used up by the asking. */
public record Ticket(String ticket) {}
