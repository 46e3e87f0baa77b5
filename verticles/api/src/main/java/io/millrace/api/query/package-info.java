/** Read routes: streams, history, entities, KPIs and journeys. */
@NullMarked
package io.millrace.api.query;

import org.jspecify.annotations.NullMarked;
