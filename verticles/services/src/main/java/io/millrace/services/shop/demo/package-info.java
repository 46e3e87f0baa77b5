/** A shop that is never closed: what its customers and its warehouse do, for a demonstration. */
@NullMarked
package io.millrace.services.shop.demo;

import org.jspecify.annotations.NullMarked;
