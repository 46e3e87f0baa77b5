/** YAML documents that know the line of each value, and the errors found in them. */
@NullMarked
package io.millrace.domain.yaml;

import org.jspecify.annotations.NullMarked;
