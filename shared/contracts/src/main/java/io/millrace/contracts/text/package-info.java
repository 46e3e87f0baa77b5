/**
 * How what a client says is read: JSON, numbers, times, flags. One reader for each, for every transport: what one refuses
 * no other takes.
 */
@NullMarked
package io.millrace.contracts.text;

import org.jspecify.annotations.NullMarked;
