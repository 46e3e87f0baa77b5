/** What a client is shown, by whatever way it asks: who may see what, and how a message reads. */
@NullMarked
package io.millrace.platform.delivery;

import org.jspecify.annotations.NullMarked;
