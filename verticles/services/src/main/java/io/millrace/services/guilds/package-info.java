/** What a dashboard of guilds asks of a microservice: context for messages. */
@NullMarked
package io.millrace.services.guilds;

import org.jspecify.annotations.NullMarked;
