/** What two stages must agree on: events, addresses, codecs, failures. Plain Java, no input or output. */
@NullMarked
package io.millrace.contracts;

import org.jspecify.annotations.NullMarked;
