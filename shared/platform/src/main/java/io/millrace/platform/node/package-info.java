/** A node and its stages: context, health, backends. */
@NullMarked
package io.millrace.platform.node;

import org.jspecify.annotations.NullMarked;
