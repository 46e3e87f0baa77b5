/** Millrace processes and whole pipelines, for tests. */
@NullMarked
package io.millrace.testkit.process;

import org.jspecify.annotations.NullMarked;
