/** Values of columns: as PostgreSQL writes them, made to JSON. */
@NullMarked
package io.millrace.sources.postgres.value;

import org.jspecify.annotations.NullMarked;
