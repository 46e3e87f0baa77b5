/** How long events take until clients have read them: clients acknowledge some. */
@NullMarked
package io.millrace.broadcast.acknowledge;

import org.jspecify.annotations.NullMarked;
