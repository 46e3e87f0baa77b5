/** The pages people look at: the live dashboard of the shop, and the JavaScript client it follows the streams with. */
@NullMarked
package io.millrace.dashboard;

import org.jspecify.annotations.NullMarked;
