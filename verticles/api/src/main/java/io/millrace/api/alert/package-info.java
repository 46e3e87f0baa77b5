/** What is wrong with Millrace now, and what operators do about it. */
@NullMarked
package io.millrace.api.alert;

import org.jspecify.annotations.NullMarked;
