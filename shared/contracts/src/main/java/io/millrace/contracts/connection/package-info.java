/** Connections: what broadcast nodes tell each other and operators about them, and connection tickets. */
@NullMarked
package io.millrace.contracts.connection;

import org.jspecify.annotations.NullMarked;
