/** The users that are present, on this node and in the cluster. */
@NullMarked
package io.millrace.broadcast.presence;

import org.jspecify.annotations.NullMarked;
