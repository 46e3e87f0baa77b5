package io.millrace.services.music.audio;

import java.util.List;
import java.util.Locale;

/**
 * What kind of error stopped a track. Immutable.
 *
 * @param retryable whether the same track may play later
 * @param severity info, warning or error
 * @param told what people are told
 */
record PlaybackError(String type, boolean retryable, String severity, String told) {
    private record Rule(PlaybackError error, List<String> words) {}

    static final PlaybackError STUCK = new PlaybackError("STUCK", true, "warning", "The track is stuck");

    private static final PlaybackError UNKNOWN =
            new PlaybackError("UNKNOWN", false, "info", "The track can't be played");
    private static final PlaybackError FAULT = new PlaybackError("FAULT", true, "error", "The player has failed");

    /** In order: the first whose word is in the message counts. */
    private static final List<Rule> RULES = List.of(
            new Rule(
                    new PlaybackError("RATE_LIMITED", true, "warning", "The source asks for patience"),
                    List.of("429", "too many requests", "rate limit")),
            new Rule(
                    new PlaybackError("AGE_RESTRICTED", false, "info", "The track is for adults"),
                    List.of("confirm your age", "age-restricted", "age restricted", "inappropriate for some")),
            new Rule(
                    new PlaybackError("REGION_BLOCKED", false, "info", "The track is blocked in this country"),
                    List.of("in your country", "region")),
            new Rule(
                    new PlaybackError("PRIVATE", false, "info", "The track is private"),
                    List.of("private video", "is private")),
            new Rule(STUCK, List.of("is stuck")),
            new Rule(
                    new PlaybackError("NETWORK", true, "warning", "The source doesn't answer"),
                    List.of("timed out", "timeout", "connection", "reset by peer", "502", "503", "504")),
            new Rule(
                    new PlaybackError("UNAVAILABLE", false, "info", "The track is unavailable"),
                    List.of("unavailable", "not available", "removed", "deleted", "terminated", "does not exist")));

    /**
     * The kind of an exception of Lavalink's.
     *
     * @param severity Lavalink's: common, suspicious or fault
     */
    static PlaybackError of(String message, String severity) {
        String text = message.toLowerCase(Locale.ROOT);
        for (Rule rule : RULES) {
            if (rule.words().stream().anyMatch(text::contains)) {
                return rule.error();
            }
        }
        return severity.equals("fault") || severity.equals("suspicious") ? FAULT : UNKNOWN;
    }
}
