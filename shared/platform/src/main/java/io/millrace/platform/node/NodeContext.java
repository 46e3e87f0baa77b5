package io.millrace.platform.node;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.domain.DomainModel;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Vertx;

/**
 * What a stage stands on, on one node. Made once by the launcher and handed to each stage's constructor.
 *
 * @param domains all packs, checked
 * @param maxBody bytes of an HTTP request
 */
public record NodeContext(
        Vertx vertx,
        Bus bus,
        DomainModel domains,
        TokenVerifier tokens,
        MeterRegistry metrics,
        Health health,
        long maxBody) {}
