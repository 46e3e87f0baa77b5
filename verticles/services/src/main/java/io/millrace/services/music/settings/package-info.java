/** What the music bot has to be told. */
@NullMarked
package io.millrace.services.music.settings;

import org.jspecify.annotations.NullMarked;
