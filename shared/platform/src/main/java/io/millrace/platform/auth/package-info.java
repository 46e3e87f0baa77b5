/** Tokens and the principals that they name. */
@NullMarked
package io.millrace.platform.auth;

import org.jspecify.annotations.NullMarked;
