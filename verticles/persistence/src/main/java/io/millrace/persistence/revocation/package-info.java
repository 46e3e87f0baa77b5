/** The stored revocations of tokens. */
@NullMarked
package io.millrace.persistence.revocation;

import org.jspecify.annotations.NullMarked;
