/** Domain packs: read, checked and linked to one model. */
@NullMarked
package io.millrace.domain.pack;

import org.jspecify.annotations.NullMarked;
