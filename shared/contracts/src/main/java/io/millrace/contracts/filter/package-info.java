/**
 * Filters of subscriptions: {@link io.millrace.contracts.filter.Filter} is read by {@code FilterReader} into {@code
 * FilterCondition}s in a canonical form, which look at the events by {@link io.millrace.contracts.filter.EventPath} and compare
 * by {@code JsonScalars}.
 */
@NullMarked
package io.millrace.contracts.filter;

import org.jspecify.annotations.NullMarked;
