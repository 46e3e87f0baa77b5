/** What a node tells operators about itself. */
@NullMarked
package io.millrace.launcher.report;

import org.jspecify.annotations.NullMarked;
