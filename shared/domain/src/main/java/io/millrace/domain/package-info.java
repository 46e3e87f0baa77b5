/** The domain model: all that the domain packs declare, checked and linked. */
@NullMarked
package io.millrace.domain;

import org.jspecify.annotations.NullMarked;
