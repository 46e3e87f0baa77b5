/** The public keys and secrets that tokens are verified with, and where they come from. */
@NullMarked
package io.millrace.platform.auth.keys;

import org.jspecify.annotations.NullMarked;
