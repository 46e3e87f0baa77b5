/** Follows committed streams without gaps. */
@NullMarked
package io.millrace.platform.stream;

import org.jspecify.annotations.NullMarked;
