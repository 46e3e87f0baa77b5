/** How answers to reads are sent: what a client has already, and what caches may keep. */
@NullMarked
package io.millrace.api.answer;

import org.jspecify.annotations.NullMarked;
