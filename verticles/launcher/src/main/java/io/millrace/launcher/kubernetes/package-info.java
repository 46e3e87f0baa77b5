/** What a node tells the Kubernetes in which it is a pod. */
@NullMarked
package io.millrace.launcher.kubernetes;

import org.jspecify.annotations.NullMarked;
