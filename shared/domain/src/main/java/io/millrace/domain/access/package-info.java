/** Who may see and publish what, by role. */
@NullMarked
package io.millrace.domain.access;

import org.jspecify.annotations.NullMarked;
