package io.millrace.platform.node;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.domain.DomainModel;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.limit.RateLimits;
import io.millrace.platform.tracing.Tracing;
import io.vertx.core.Vertx;

/**
 * What all stages of one node share. Made once by the launcher and passed to each stage's constructor.
 *
 * @param domains the linked packs
 * @param maxBody the largest number of bytes in an HTTP request's body
 * @param limits the rate limits, of all nodes together
 * @param name how operators know the node, in {@code GET /api/cluster} and elsewhere; unique in the cluster
 * @param embedded whether PostgreSQL, Redis and Kafka are the embedded ones, for development
 * @param tracing the spans of events; {@link Tracing#OFF} without a collector
 */
public record NodeContext(
        Vertx vertx,
        Bus bus,
        DomainModel domains,
        TokenVerifier tokens,
        MeterRegistry metrics,
        Health health,
        long maxBody,
        RateLimits limits,
        String name,
        boolean embedded,
        Tracing tracing) {
    /** Of a node that counts its rate limits alone, and traces nothing. */
    public NodeContext(
            Vertx vertx,
            Bus bus,
            DomainModel domains,
            TokenVerifier tokens,
            MeterRegistry metrics,
            Health health,
            long maxBody) {
        this(
                vertx,
                bus,
                domains,
                tokens,
                metrics,
                health,
                maxBody,
                new RateLimits(vertx, metrics, RateLimits.Totals.NONE),
                NodeName.next(),
                false,
                Tracing.OFF);
    }
}
