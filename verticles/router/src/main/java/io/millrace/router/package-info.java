/** Sends each event on the path of its priority. */
@NullMarked
package io.millrace.router;

import org.jspecify.annotations.NullMarked;
