/** What broadcast nodes tell each other about their connections, and connection tickets. */
@NullMarked
package io.millrace.contracts.connection;

import org.jspecify.annotations.NullMarked;
