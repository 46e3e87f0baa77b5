/** What events do to the state of their entities: plain logic, without input or output. */
@NullMarked
package io.millrace.persistence.entity;

import org.jspecify.annotations.NullMarked;
