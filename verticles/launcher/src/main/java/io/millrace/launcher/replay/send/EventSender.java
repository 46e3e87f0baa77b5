package io.millrace.launcher.replay.send;

import io.millrace.contracts.failure.Failure;
import io.millrace.mapping.MappedEvent;
import io.millrace.platform.resilience.Backoff;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Posts events until each has a final answer. Temporary failures are retried: a busy server (after its Retry-After),
 * one that is unavailable (exponential backoff, full jitter), events that the server had no room for. Events have ids,
 * so one whose answer was lost is a duplicate at the next attempt. Safe from any thread.
 */
public final class EventSender {
    private static final Set<String> NO_RIGHTS =
            Set.of(Failure.UNAUTHENTICATED.code(), Failure.PERMISSION_DENIED.code());
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(60);
    private static final Duration FIRST_WAIT = Duration.ofMillis(250);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private final HttpClient http;
    private final URI events;
    private final @Nullable String token;
    private final Duration patience;
    private final Sleeper timing;
    private final Backoff backoff;
    private final Consumer<String> notes;

    /**
     * @param server the server with {@code /api/events}
     * @param patience how long to retry while no event is accepted
     * @param notes called with notes for the user: that the sender waits, and why
     */
    public EventSender(
            URI server,
            @Nullable String token,
            Duration patience,
            Sleeper timing,
            RandomGenerator random,
            Consumer<String> notes) {
        this.events = URI.create(server.toString().replaceAll("/+$", "") + "/api/events");
        this.token = token;
        this.patience = patience;
        this.timing = timing;
        this.backoff = new Backoff(FIRST_WAIT, LONGEST_WAIT, random);
        this.notes = notes;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(10))
                .build();
    }

    /**
     * Sends events; returns one result for each.
     *
     * @throws SendException if the server refuses the request, or the patience is over
     */
    public List<EventResult> send(List<MappedEvent> batch) throws SendException, InterruptedException {
        List<EventResult> results = new ArrayList<>();
        List<MappedEvent> pending = batch;
        Trouble trouble = new Trouble();
        while (!pending.isEmpty()) {
            PostResult reply = post(pending);
            if (reply instanceof PostResult.Answered answered) {
                requireRights(answered.results());
                List<MappedEvent> again = new ArrayList<>();
                EventResult refused = sort(answered.results(), results, again);
                if (again.size() < pending.size()) {
                    trouble = new Trouble();
                }
                if (refused != null) {
                    trouble.waitOut(again.size() + " events " + refused.code(), null);
                }
                pending = again;
            } else if (reply instanceof PostResult.Busy busy) {
                trouble.waitOut(busy.why(), busy.after());
            } else if (reply instanceof PostResult.TooLarge) {
                results.addAll(send(pending.subList(0, pending.size() / 2)));
                pending = pending.subList(pending.size() / 2, pending.size());
            } else if (reply instanceof PostResult.Refused refused) {
                throw new SendException("the server refuses the request: " + refused.why());
            }
        }
        return results;
    }

    /** Fails if the sender may publish nothing, before the whole file is counted as refused. */
    private static void requireRights(List<EventResult> results) throws SendException {
        if (results.size() > 1 && results.stream().allMatch(result -> NO_RIGHTS.contains(result.code()))) {
            EventResult first = results.get(0);
            throw new SendException("the server takes none of these events from this sender: " + first.code() + ": "
                    + first.detail() + "; is the token right?");
        }
    }

    /** Separates final results from events to retry; returns the result of one of the latter. */
    private static @Nullable EventResult sort(
            List<EventResult> answered, List<EventResult> results, List<MappedEvent> again) {
        EventResult refused = null;
        for (EventResult result : answered) {
            if (PostResult.retryable(result)) {
                again.add(result.event());
                refused = result;
            } else {
                results.add(result);
            }
        }
        return refused;
    }

    private PostResult post(List<MappedEvent> batch) throws InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(events)
                .timeout(ANSWER_WITHIN)
                .header("Content-Type", batch.get(0).form().mediaType)
                .header("Accept", "application/json, application/problem+json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body(batch)));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        try {
            return PostResult.of(http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray()), batch);
        } catch (IOException lost) {
            String why = lost.getMessage() == null ? lost.getClass().getSimpleName() : lost.getMessage();
            return new PostResult.Busy("no answer from " + events.getAuthority() + " (" + why + ")", null);
        }
    }

    private static byte[] body(List<MappedEvent> batch) {
        MappedEvent.Form form = batch.get(0).form();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(form.open.getBytes(StandardCharsets.UTF_8));
        for (int i = 0; i < batch.size(); i++) {
            body.writeBytes(batch.get(i).json());
            String end = i + 1 < batch.size() ? form.between : form.close;
            body.writeBytes(end.getBytes(StandardCharsets.UTF_8));
        }
        return body.toByteArray();
    }

    /** The number of attempts in a row without success. Used by one call. */
    private final class Trouble {
        private final long sinceNanos = timing.nanoTime();
        private int attempts;

        void waitOut(String why, @Nullable Duration after) throws SendException, InterruptedException {
            Duration lasted = Duration.ofNanos(timing.nanoTime() - sinceNanos);
            if (attempts > 0 && lasted.compareTo(patience) >= 0) {
                throw new SendException(
                        "gave up after " + lasted.toSeconds() + " s: " + why + "; start again to go on from here");
            }
            // At least the server's Retry-After; the jitter keeps senders from returning all at once.
            Duration wait = Duration.ofMillis(backoff.delayMs(attempts++));
            if (after != null) {
                wait = after.plusMillis(
                        new Backoff(after.dividedBy(4).plus(FIRST_WAIT), LONGEST_WAIT, backoff.random()).delayMs(0));
            }
            notes.accept(String.format(Locale.ROOT, "%s; trying again in %.1f s", why, wait.toMillis() / 1000.0));
            timing.sleep(wait);
        }
    }
}
