package io.millrace.platform;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.domain.Domains;
import io.vertx.core.Vertx;

/**
 * What a stage stands on, on one node. Made once by the launcher and handed to each stage's constructor.
 *
 * @param domains all packs, checked
 * @param maxBody bytes of an HTTP request
 */
public record Node(
        Vertx vertx, Bus bus, Domains domains, Tokens tokens, MeterRegistry metrics, Health health, long maxBody) {}
