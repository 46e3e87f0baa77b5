package io.millrace.contracts.bus;

/**
 * An event-bus address with the types of its messages and replies.
 *
 * @param name the name on the bus
 * @param message the type of messages
 * @param reply the type of replies; {@link Void} if there are none
 */
public record Address<Q, R>(String name, Class<Q> message, Class<R> reply) {}
