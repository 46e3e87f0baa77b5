/** JSON Schema validation of events, and example events made from schemas. */
@NullMarked
package io.millrace.platform.schema;

import org.jspecify.annotations.NullMarked;
