/** Tells a cache in front of Millrace what has changed. */
@NullMarked
package io.millrace.services.cdn;

import org.jspecify.annotations.NullMarked;
