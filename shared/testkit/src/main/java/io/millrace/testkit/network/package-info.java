/** Network faults: namespaces that can be cut, and a proxy that can misbehave. */
@NullMarked
package io.millrace.testkit.network;

import org.jspecify.annotations.NullMarked;
