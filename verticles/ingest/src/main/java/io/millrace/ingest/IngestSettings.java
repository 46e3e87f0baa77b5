package io.millrace.ingest;

import io.millrace.domain.DomainModel;
import io.millrace.domain.model.EventType;
import io.millrace.domain.yaml.ByteSizes;
import io.millrace.platform.http.HttpSettings;
import io.millrace.platform.settings.Settings;
import java.time.Duration;

/**
 * @param maxEvents the largest number of events in one request
 * @param batch the largest number of events in one batch to the router
 * @param waiting how many urgent events may wait for the router, and as many ordinary ones, for each event loop
 * @param bytes the largest number of bytes of events in progress, for each event loop
 * @param rate how many events a second one publisher may send, to all nodes together; as many again may come in a burst
 * @param sourceRate how many of them one of its sources may
 * @param maxEvent the largest number of bytes of an event whose type has no limit
 * @param future how far an event's timestamp may be ahead of this node's clock
 */
public record IngestSettings(
        int maxEvents, int batch, int waiting, long bytes, int rate, int sourceRate, int maxEvent, Duration future) {
    public static IngestSettings from(Settings settings) {
        return new IngestSettings(
                settings.integer("ingest.request.events", 10_000, 1, 100_000),
                settings.integer("ingest.batch.max", 500, 1, 5_000),
                settings.integer("ingest.waiting.max", 20_000, 1, 1_000_000),
                settings.bytes("ingest.bytes.max", 64L << 20, 1L << 20, 1L << 30),
                settings.integer("ingest.publisher.rate", 20_000, 1, 1_000_000),
                settings.integer("ingest.source.rate", 20_000, 1, 1_000_000),
                maxEvent(settings),
                settings.duration("ingest.timestamp.future", Duration.ofMinutes(5), Duration.ZERO, Duration.ofDays(1)));
    }

    /** {@code ingest.event.max}, which reaches all stages in the domain model. */
    public static int maxEvent(Settings settings) {
        long most =
                settings.bytes("ingest.event.max", DomainModel.MAX_EVENT, EventType.LEAST_BYTES, EventType.MOST_BYTES);
        long body = HttpSettings.maxBody(settings);
        if (most > body) {
            settings.refuse(
                    "ingest.event.max",
                    "allows events of " + ByteSizes.text(most) + ", and http.body.max a request of "
                            + ByteSizes.text(body) + " only");
        }
        return (int) most;
    }
}
