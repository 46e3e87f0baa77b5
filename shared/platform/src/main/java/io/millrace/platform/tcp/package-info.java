/** What servers of any protocol on TCP share: the settings of the TCP bridge's, accepted connections, the PROXY protocol. */
@NullMarked
package io.millrace.platform.tcp;

import org.jspecify.annotations.NullMarked;
