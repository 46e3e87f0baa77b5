package io.millrace.contracts.alert;

/**
 * A condition that holds.
 *
 * @param alert its name, like {@code queue-age}: also the name of its section in the guide
 * @param about what has it: a backing service, a source, a node; empty if the alert's name says it all
 * @param sinceMicros microseconds since 1970 UTC
 * @param message what is wrong, in a sentence
 */
public record ActiveAlert(String alert, String about, long sinceMicros, String message) {
    /** What makes two reports the same alert, whichever nodes they come from. */
    public record Key(String alert, String about) {}

    public Key key() {
        return new Key(alert, about);
    }
}
