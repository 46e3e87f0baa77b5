/** What all sources have in common: messages become events, and are published. */
@NullMarked
package io.millrace.sources.intake;

import org.jspecify.annotations.NullMarked;
