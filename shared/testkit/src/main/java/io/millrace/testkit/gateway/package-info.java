/** A stand-in for Discord's gateway, with its faults. */
@NullMarked
package io.millrace.testkit.gateway;

import org.jspecify.annotations.NullMarked;
