package io.millrace.platform.node;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.domain.DomainModel;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Vertx;

/**
 * What all stages of one node share. Made once by the launcher and passed to each stage's constructor.
 *
 * @param domains the linked packs
 * @param maxBody the largest number of bytes in an HTTP request's body
 */
public record NodeContext(
        Vertx vertx,
        Bus bus,
        DomainModel domains,
        TokenVerifier tokens,
        MeterRegistry metrics,
        Health health,
        long maxBody) {}
