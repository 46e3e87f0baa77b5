/** An event on its way: published, checked, committed, delivered. */
@NullMarked
package io.millrace.contracts.event;

import org.jspecify.annotations.NullMarked;
