package io.millrace.contracts;

/** The entity that an event changes: {@code order} {@code o-17}. */
public record EntityRef(String kind, String id) {}
