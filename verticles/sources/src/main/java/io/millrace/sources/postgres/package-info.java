/** Sources that are tables of a PostgreSQL: what their files say. */
@NullMarked
package io.millrace.sources.postgres;

import org.jspecify.annotations.NullMarked;
