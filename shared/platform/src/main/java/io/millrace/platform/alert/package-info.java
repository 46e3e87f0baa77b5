/** What is wrong with Millrace itself: each node finds it by its own metrics, tells the others, and knows what they found. */
@NullMarked
package io.millrace.platform.alert;

import org.jspecify.annotations.NullMarked;
