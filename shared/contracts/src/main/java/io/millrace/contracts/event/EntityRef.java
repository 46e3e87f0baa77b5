package io.millrace.contracts.event;

/**
 * The name of an entity: {@code order} {@code o-17} of the stream {@code orders}. An id is a name within its stream alone: the
 * same kind and id in another stream is another entity.
 *
 * @param kind as the domain pack calls it; holds no colon
 * @param stream of the events that change it
 * @param id 1 to 256 characters
 */
public record EntityRef(String kind, String stream, String id) {}
