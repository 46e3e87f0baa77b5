/** Subscribe requests: read, checked and answered. */
@NullMarked
package io.millrace.broadcast.subscription;

import org.jspecify.annotations.NullMarked;
