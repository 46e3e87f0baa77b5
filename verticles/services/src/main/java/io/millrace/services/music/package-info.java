/** The music bot: what it needs, and how it is started. */
@NullMarked
package io.millrace.services.music;

import org.jspecify.annotations.NullMarked;
