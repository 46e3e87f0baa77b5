/** Reads over HTTP: streams' history and entities. */
@NullMarked
package io.millrace.api;

import org.jspecify.annotations.NullMarked;
