package io.millrace.sources.webhook;

import io.millrace.mapping.DocumentMapping;
import io.millrace.platform.auth.Principal;
import io.millrace.sources.signature.SignatureReader.Scheme;
import io.millrace.sources.signature.SignatureVerifier;

/**
 * A sender of webhooks, as its file describes it. Immutable.
 *
 * @param name the events' source, and the last part of the path
 * @param publisher in whose name the events are published; checked like any publisher
 * @param mapping from the body to events
 * @param unmapped what becomes of a delivery from which no event is made
 */
public record WebhookSource(
        String name,
        Principal publisher,
        Scheme scheme,
        SignatureVerifier signature,
        DocumentMapping mapping,
        Unmapped unmapped) {
    /** The identity of the delivery, in a mapping. */
    public static final String DELIVERY = "#delivery";
    /** The kind of delivery, in a mapping. */
    public static final String EVENT = "#event";

    /** What becomes of a delivery from which no event is made. */
    public enum Unmapped {
        /** It is counted and acknowledged. */
        COUNT,
        /** It is refused, so that the sender shows it as failed. */
        REFUSE
    }
}
