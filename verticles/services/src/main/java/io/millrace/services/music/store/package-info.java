/** What the music bot keeps: PostgreSQL for what must not be lost, Redis for what may. */
@NullMarked
package io.millrace.services.music.store;

import org.jspecify.annotations.NullMarked;
