/** What a load is made with: connections, publishers, subscribers. */
@NullMarked
package io.millrace.benchmarks.client;

import org.jspecify.annotations.NullMarked;
