package io.millrace.contracts.event;

/**
 * The name of an entity: {@code order} {@code o-17} of the stream {@code orders}. An id is unique only within its
 * stream: the same kind and id in another stream is another entity.
 *
 * @param kind the kind as the domain pack names it; without a colon
 * @param stream the stream of the events that change the entity
 * @param id the id, 1 to 256 characters
 */
public record EntityRef(String kind, String stream, String id) {}
