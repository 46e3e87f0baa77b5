/**
 * What tests of the whole need: Millrace as its users run it, in processes of its own, and the clients that talk to it.
 * Nothing here knows a stage; everything goes through the command line, HTTP, the WebSocket and signals.
 */
@NullMarked
package io.millrace.testkit;

import org.jspecify.annotations.NullMarked;
