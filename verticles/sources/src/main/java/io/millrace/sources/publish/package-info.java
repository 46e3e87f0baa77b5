/** What all sources have in common: messages become events, and are published. */
@NullMarked
package io.millrace.sources.publish;

import org.jspecify.annotations.NullMarked;
