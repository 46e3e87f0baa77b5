package io.millrace.sources.webhook;

import io.millrace.sources.intake.ConfiguredSource;
import io.millrace.sources.intake.Source;
import io.millrace.sources.signature.SignatureReader.Scheme;
import io.millrace.sources.signature.SignatureVerifier;

/**
 * A sender of webhooks, as its file describes it. Its name is the last part of the path. Immutable.
 *
 * @param signature verifies the sender
 */
public record WebhookSource(Source source, Scheme scheme, SignatureVerifier signature) implements ConfiguredSource {
    /** The identity of the delivery, in a mapping. */
    public static final String DELIVERY = "#delivery";
    /** The kind of delivery, in a mapping. */
    public static final String EVENT = "#event";

    public String name() {
        return source.name();
    }
}
