/** What all HTTP routes share: settings, problem responses, origins, proxies and request checks. */
@NullMarked
package io.millrace.platform.http;

import org.jspecify.annotations.NullMarked;
