package io.millrace.contracts.bus;

/**
 * An event-bus address that carries its types.
 *
 * @param name as operators see it
 * @param message what is sent there
 * @param reply what is answered; {@link Void} where nothing is
 */
public record Address<Q, R>(String name, Class<Q> message, Class<R> reply) {}
