package io.millrace.broadcast.subscription;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.broadcast.hub.Subscription;
import io.millrace.broadcast.spec.SlowConsumerPolicy;
import io.millrace.broadcast.spec.SubscriptionSpec;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.filter.Filter;
import io.millrace.platform.delivery.ResumePoint;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A client's request for a subscription, whatever the transport.
 *
 * @param after where to start; null for only new events
 * @param removed whether the client gets a removal when an entity stops matching the filter
 * @param rate the highest number of messages a second for each entity; 0 for no limit
 */
public record SubscribeRequest(
        String stream,
        @Nullable Filter filter,
        @Nullable ResumePoint after,
        boolean state,
        boolean delta,
        boolean removed,
        double rate,
        SlowConsumerPolicy slow) {
    private static final double MIN_RATE = 0.1;
    private static final double MAX_RATE = 1_000;

    static SubscribeRequest of(String stream) {
        return new SubscribeRequest(stream, null, null, false, false, false, 0, SlowConsumerPolicy.WAIT);
    }

    /** The same again, at its position; its state too, if that was not sent yet. */
    static SubscribeRequest renewing(Subscription subscription) {
        SubscriptionSpec spec = subscription.spec();
        return new SubscribeRequest(
                subscription.stream(),
                spec.filter(),
                null,
                subscription.awaitsState(),
                spec.delta(),
                spec.removed(),
                spec.rate(),
                subscription.slow());
    }

    /** Fails as {@link Failure#BAD_MESSAGE}. */
    public static SubscribeRequest parse(JsonNode message) {
        ResumePoint after =
                message.hasNonNull("after") ? ResumePoint.parse(ClientJsonMessages.of(message, "after")) : null;
        boolean state = flag(message, "state");
        if (state && after != null) {
            throw bad("state says where to begin: leave after away");
        }
        boolean delta = flag(message, "delta");
        return new SubscribeRequest(
                ClientJsonMessages.of(message, "stream"),
                message.hasNonNull("filter") ? Filter.parse(message.get("filter")) : null,
                after,
                state,
                delta,
                message.hasNonNull("removed") ? flag(message, "removed") : state || delta,
                rate(message.path("rate")),
                slow(message.path("slow")));
    }

    private static boolean flag(JsonNode message, String name) {
        JsonNode value = message.path(name);
        if (!value.isBoolean() && !value.isMissingNode() && !value.isNull()) {
            throw bad(name + " must be true or false");
        }
        return value.asBoolean();
    }

    private static double rate(JsonNode rate) {
        if (rate.isMissingNode() || rate.isNull()) {
            return 0;
        }
        double asked = rate.asDouble();
        if (!rate.isNumber() || !(asked >= MIN_RATE && asked <= MAX_RATE)) {
            throw bad("rate must be a number from 0.1 to 1000: messages a second for each entity");
        }
        return asked;
    }

    private static SlowConsumerPolicy slow(JsonNode slow) {
        if (slow.isMissingNode() || slow.isNull()) {
            return SlowConsumerPolicy.WAIT;
        }
        return Arrays.stream(SlowConsumerPolicy.values())
                .filter(policy -> policy.name().toLowerCase(Locale.ROOT).equals(slow.asText()))
                .findFirst()
                .orElseThrow(() -> bad("slow must be wait, conflate, drop or disconnect"));
    }

    private static MillraceException bad(String why) {
        return new MillraceException(Failure.BAD_MESSAGE, why);
    }
}
