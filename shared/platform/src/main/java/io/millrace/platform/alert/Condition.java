package io.millrace.platform.alert;

import java.time.Duration;

/**
 * Something that is wrong now.
 *
 * @param about as in an active alert
 * @param hold how long it must be so until it is an alert
 * @param message what is wrong, in a sentence
 */
record Condition(AlertType type, String about, Duration hold, String message) {}
