/** What nodes publish about themselves for operators. */
@NullMarked
package io.millrace.contracts.cluster;

import org.jspecify.annotations.NullMarked;
