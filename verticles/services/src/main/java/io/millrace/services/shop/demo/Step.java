package io.millrace.services.shop.demo;

import io.vertx.core.json.JsonObject;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Something that may happen.
 *
 * @param afterMs how long after the visit began
 * @param event asked for when it happens; without a timestamp, and null if nothing happens after all
 */
record Step(long afterMs, Supplier<@Nullable JsonObject> event) {}
