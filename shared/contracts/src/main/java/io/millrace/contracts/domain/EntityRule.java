package io.millrace.contracts.domain;

/**
 * The entity that events of a type change.
 *
 * @param kind 1 to 64 of a-z A-Z 0-9 _ . -
 * @param id where its id stands
 */
public record EntityRule(String kind, FieldPath id, Apply apply) {}
