/** TLS: certificates in PEM files, read, checked and read again when the files change. */
@NullMarked
package io.millrace.platform.tls;

import org.jspecify.annotations.NullMarked;
