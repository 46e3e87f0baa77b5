package io.millrace.sources.signature;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.vertx.core.MultiMap;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a sender of webhooks signs what it sends. Immutable; safe from any thread. */
public sealed interface SignatureVerifier
        permits DiscordVerifier, HmacVerifier, StandardWebhooksVerifier, StripeVerifier {
    /** How far the time of a signature may lie from now, so that nobody can repeat an old delivery. */
    Duration TOLERANCE = Duration.ofMinutes(5);

    /**
     * Verifies a delivery in constant time.
     *
     * @param body as it was received
     * @return the identity of the delivery, where the scheme has one
     * @throws MillraceException {@link Failure#UNAUTHENTICATED}
     */
    Delivery verify(MultiMap headers, byte[] body, Instant now);

    /** A header that must be there once: of two, the sender might have signed the other. */
    static String header(MultiMap headers, String name) {
        List<String> all = headers.getAll(name);
        if (all.size() != 1 || all.get(0).isBlank()) {
            throw refused("the header " + name + " must be there, once");
        }
        return all.get(0).trim();
    }

    /** Fails unless a time, in seconds since 1970, is within {@link #TOLERANCE} of now. */
    static void requireRecent(String seconds, Instant now) {
        long age;
        try {
            age = Math.abs(Math.subtractExact(now.getEpochSecond(), Long.parseLong(seconds)));
        } catch (NumberFormatException | ArithmeticException noTime) {
            throw refused("the time of the signature is not in seconds since 1970");
        }
        if (age > TOLERANCE.toSeconds()) {
            throw refused("the signature was made more than " + TOLERANCE.toSeconds()
                    + " s from now: an old delivery, or a clock is wrong");
        }
    }

    static MillraceException refused(String why) {
        return new MillraceException(Failure.UNAUTHENTICATED, why);
    }

    static MillraceException wrong() {
        return refused("the signature does not match this body with any secret of this source");
    }

    /**
     * What a delivery says of itself, outside its body.
     *
     * @param id the same whenever the sender repeats the delivery; null if the scheme has none
     * @param event what kind of delivery it is; null if the scheme doesn't say
     */
    record Delivery(@Nullable String id, @Nullable String event) {}
}
