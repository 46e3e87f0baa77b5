/** What operators see of the connections of this node and of the others, and do about them. */
@NullMarked
package io.millrace.broadcast.operator;

import org.jspecify.annotations.NullMarked;
