/**
 * The compact forms of messages, in JSON and in CBOR: what all messages of a stream share is said once, and events are arrays.
 * {@code outbound} makes frames of them.
 */
@NullMarked
package io.millrace.broadcast.format;

import org.jspecify.annotations.NullMarked;
