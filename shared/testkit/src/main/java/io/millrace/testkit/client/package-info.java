/** Clients of every transport, for tests. */
@NullMarked
package io.millrace.testkit.client;

import org.jspecify.annotations.NullMarked;
