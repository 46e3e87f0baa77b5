/** Hazelcast membership that survives partitions. */
@NullMarked
package io.millrace.launcher.cluster;

import org.jspecify.annotations.NullMarked;
