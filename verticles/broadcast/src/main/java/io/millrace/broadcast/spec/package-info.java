/** What a subscription asks for, and what a connection has to keep to. */
@NullMarked
package io.millrace.broadcast.spec;

import org.jspecify.annotations.NullMarked;
