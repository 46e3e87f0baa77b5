/** What all tests that wait have in common. */
@NullMarked
package io.millrace.waits;

import org.jspecify.annotations.NullMarked;
