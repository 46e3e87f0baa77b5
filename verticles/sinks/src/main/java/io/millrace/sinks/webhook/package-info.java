/** Webhooks out: signed, retried, in order by key. */
@NullMarked
package io.millrace.sinks.webhook;

import org.jspecify.annotations.NullMarked;
