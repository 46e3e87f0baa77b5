/** Revocations: which tokens are refused though they have not expired. */
@NullMarked
package io.millrace.contracts.revocation;

import org.jspecify.annotations.NullMarked;
