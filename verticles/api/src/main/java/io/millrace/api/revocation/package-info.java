/** Revocation routes. */
@NullMarked
package io.millrace.api.revocation;

import org.jspecify.annotations.NullMarked;
