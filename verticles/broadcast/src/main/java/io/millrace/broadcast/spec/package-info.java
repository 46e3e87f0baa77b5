/** What a subscription asks for. */
@NullMarked
package io.millrace.broadcast.spec;

import org.jspecify.annotations.NullMarked;
