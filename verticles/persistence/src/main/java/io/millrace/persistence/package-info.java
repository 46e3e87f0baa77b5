/** PostgreSQL: commit, versions, audit, history. */
@NullMarked
package io.millrace.persistence;

import org.jspecify.annotations.NullMarked;
