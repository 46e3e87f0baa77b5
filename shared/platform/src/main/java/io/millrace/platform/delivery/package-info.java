/** What clients see on every transport: visibility, positions, and the form of messages. */
@NullMarked
package io.millrace.platform.delivery;

import org.jspecify.annotations.NullMarked;
