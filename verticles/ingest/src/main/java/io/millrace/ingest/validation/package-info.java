/** Validates events against their type, schema and publisher. */
@NullMarked
package io.millrace.ingest.validation;

import org.jspecify.annotations.NullMarked;
