/** The pages and their static files. */
@NullMarked
package io.millrace.dashboard.page;

import org.jspecify.annotations.NullMarked;
