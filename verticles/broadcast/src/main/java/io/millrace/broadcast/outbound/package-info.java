/** What goes out to clients: messages in every encoding, shared by all who get the same. */
@NullMarked
package io.millrace.broadcast.outbound;

import org.jspecify.annotations.NullMarked;
