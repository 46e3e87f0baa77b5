/** What packs declare: event types, namespaces, entities and KPIs. */
@NullMarked
package io.millrace.domain.model;

import org.jspecify.annotations.NullMarked;
