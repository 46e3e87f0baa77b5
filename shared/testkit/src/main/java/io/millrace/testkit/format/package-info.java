/** The compact forms of messages, read by their description alone. */
@NullMarked
package io.millrace.testkit.format;

import org.jspecify.annotations.NullMarked;
