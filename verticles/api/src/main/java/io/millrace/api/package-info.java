/** Reads over HTTP: streams' history, entities, KPIs. */
@NullMarked
package io.millrace.api;

import org.jspecify.annotations.NullMarked;
