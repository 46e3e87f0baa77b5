/** Read routes: streams, history, entities, KPIs and journeys. */
@NullMarked
package io.millrace.api.read;

import org.jspecify.annotations.NullMarked;
