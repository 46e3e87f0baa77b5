/** The statements, streams and migrations that commits stand on. */
@NullMarked
package io.millrace.persistence.store;

import org.jspecify.annotations.NullMarked;
