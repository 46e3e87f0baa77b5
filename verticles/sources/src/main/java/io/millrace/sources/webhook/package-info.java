/** Webhooks, from the request to the acknowledged events. */
@NullMarked
package io.millrace.sources.webhook;

import org.jspecify.annotations.NullMarked;
