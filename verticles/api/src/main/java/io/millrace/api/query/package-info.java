/** Read routes: streams, history, entities and KPIs. */
@NullMarked
package io.millrace.api.query;

import org.jspecify.annotations.NullMarked;
