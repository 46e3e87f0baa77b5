/** What operators ask and do about sinks. */
@NullMarked
package io.millrace.sinks.admin;

import org.jspecify.annotations.NullMarked;
