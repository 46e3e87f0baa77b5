/** What operators did about connections, as it is kept. */
@NullMarked
package io.millrace.persistence.connection;

import org.jspecify.annotations.NullMarked;
