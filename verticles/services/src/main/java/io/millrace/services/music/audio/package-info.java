/** The worker of the music bot: searches, queues, plays. */
@NullMarked
package io.millrace.services.music.audio;

import org.jspecify.annotations.NullMarked;
