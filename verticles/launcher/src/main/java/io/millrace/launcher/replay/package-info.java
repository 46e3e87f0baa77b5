/**
 * {@code millrace replay}: replays files of past events. A file is read row by row, a mapping turns rows into events, and the
 * events are posted in order, with retries, and with a {@link io.millrace.launcher.replay.Checkpoint} after each acknowledged
 * batch. An event's id is derived from its rows, so that sending it twice changes nothing.
 */
@NullMarked
package io.millrace.launcher.replay;

import org.jspecify.annotations.NullMarked;
