/** What operators ask and do about sinks. */
@NullMarked
package io.millrace.contracts.sink;

import org.jspecify.annotations.NullMarked;
