/** Chooses and takes each event's path. */
@NullMarked
package io.millrace.router.path;

import org.jspecify.annotations.NullMarked;
