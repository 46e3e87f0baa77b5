/** Reads events out of requests, in the native form and as CloudEvents. */
@NullMarked
package io.millrace.ingest.parse;

import org.jspecify.annotations.NullMarked;
