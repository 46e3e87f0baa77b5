/** The nodes of the cluster and what they do, for operators. */
@NullMarked
package io.millrace.api.cluster;

import org.jspecify.annotations.NullMarked;
