/** Queries about entities and their state. */
@NullMarked
package io.millrace.contracts.entity;

import org.jspecify.annotations.NullMarked;
