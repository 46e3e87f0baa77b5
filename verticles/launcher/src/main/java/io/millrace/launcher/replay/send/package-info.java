/** Posts replayed events until each is answered for good. */
@NullMarked
package io.millrace.launcher.replay.send;

import org.jspecify.annotations.NullMarked;
