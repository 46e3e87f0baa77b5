/** The OpenAPI and AsyncAPI documents, made from the packs. */
@NullMarked
package io.millrace.dashboard.document;

import org.jspecify.annotations.NullMarked;
