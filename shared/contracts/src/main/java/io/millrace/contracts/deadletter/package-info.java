/** Dead letters: queries, and the commands of operators. */
@NullMarked
package io.millrace.contracts.deadletter;

import org.jspecify.annotations.NullMarked;
