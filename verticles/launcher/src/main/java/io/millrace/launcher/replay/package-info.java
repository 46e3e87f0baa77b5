/**
 * {@code millrace replay}: files of the past become events of now. A file is read row by row ({@link
 * io.millrace.launcher.replay.EventSource}), a mapping says what events the rows are ({@link
 * io.millrace.launcher.replay.Mapping}), and the events are posted in order, as often as it takes ({@link
 * io.millrace.launcher.replay.Sender}), with a bookmark after each acknowledged batch ({@link
 * io.millrace.launcher.replay.Bookmark}). Everything is made to be repeated: an event's id comes from its rows alone, so
 * that sending it twice changes nothing.
 */
@NullMarked
package io.millrace.launcher.replay;

import org.jspecify.annotations.NullMarked;
