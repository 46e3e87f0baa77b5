/** Messages to clients in every encoding, shared by all clients that get the same. */
@NullMarked
package io.millrace.broadcast.outbound;

import org.jspecify.annotations.NullMarked;
