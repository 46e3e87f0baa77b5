/** How a microservice gets events of Millrace and publishes some, over the event bus alone. */
@NullMarked
package io.millrace.services.bus;

import org.jspecify.annotations.NullMarked;
