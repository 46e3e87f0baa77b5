/** JSON over HTTP. */
@NullMarked
package io.millrace.services.music.http;

import org.jspecify.annotations.NullMarked;
