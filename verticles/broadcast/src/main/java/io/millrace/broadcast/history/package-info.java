/** Where subscriptions that are not live read from: the replay buffer and history. */
@NullMarked
package io.millrace.broadcast.history;

import org.jspecify.annotations.NullMarked;
