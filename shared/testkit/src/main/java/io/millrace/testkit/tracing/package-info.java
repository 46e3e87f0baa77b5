/** A stand-in for a collector of spans. */
@NullMarked
package io.millrace.testkit.tracing;

import org.jspecify.annotations.NullMarked;
