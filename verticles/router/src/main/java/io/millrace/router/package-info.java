/** Puts each event on the path that its priority calls for. */
@NullMarked
package io.millrace.router;

import org.jspecify.annotations.NullMarked;
