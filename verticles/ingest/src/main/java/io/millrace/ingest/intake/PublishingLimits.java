package io.millrace.ingest.intake;

import io.millrace.contracts.event.Event;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.ingest.IngestSettings;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.limit.RateLimiter;
import io.millrace.platform.limit.RateLimits;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How many events a publisher may send, and each of its sources. A source is one of its publisher's: another publisher
 * that is permitted to name the same one has a limit of its own. One for each node. Safe from any thread.
 */
public final class PublishingLimits {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final int rate;
    private final int sourceRate;
    private final RateLimiter publishers;
    /** Null if no source can exceed its limit before its publisher does. */
    private final @Nullable RateLimiter sources;

    public PublishingLimits(RateLimits limits, IngestSettings settings) {
        this.rate = settings.rate();
        this.sourceRate = settings.sourceRate();
        this.publishers = limits.limiter("publisher", rate, SECOND);
        this.sources = sourceRate < rate ? limits.limiter("source", sourceRate, SECOND) : null;
    }

    /** Fails as {@link Failure#RATE_LIMITED} if they are more than the publisher may send. */
    void take(Principal publisher, int events) {
        publishers.take(key(publisher), events, () -> rate + " events a second from " + publisher.user());
    }

    /** The sources that may not send as many, each with its failure. */
    Map<String, MillraceException> takeSources(Principal publisher, Iterable<Event> events) {
        if (sources == null) {
            return Map.of();
        }
        Map<String, Integer> counts = new HashMap<>();
        events.forEach(event -> counts.merge(event.source(), 1, Integer::sum));
        Map<String, MillraceException> refused = new HashMap<>(0);
        counts.forEach((source, count) -> {
            try {
                // A source may have any character but NUL.
                sources.take(
                        key(publisher) + '\0' + source,
                        count,
                        () -> sourceRate + " events a second from source " + source);
            } catch (MillraceException tooMany) {
                refused.put(source, tooMany);
            }
        });
        return refused;
    }

    /** Whoever has no token is not the user who is called as they are: no user's name is empty. */
    private static String key(Principal publisher) {
        return publisher.authenticated() ? publisher.user() : "";
    }
}
