/** The clients' connections, for operators. */
@NullMarked
package io.millrace.api.connection;

import org.jspecify.annotations.NullMarked;
