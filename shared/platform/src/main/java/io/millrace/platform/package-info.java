/** What every stage stands on: the typed bus, settings, batching, identity, health, metrics and the HTTP front. */
@NullMarked
package io.millrace.platform;

import org.jspecify.annotations.NullMarked;
