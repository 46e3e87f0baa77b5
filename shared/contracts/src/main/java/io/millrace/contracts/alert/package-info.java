/** What is wrong with Millrace itself now, as nodes find it, and what operators do about it. */
@NullMarked
package io.millrace.contracts.alert;

import org.jspecify.annotations.NullMarked;
