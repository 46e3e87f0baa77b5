/** The program around the stages: reads and checks the configuration, joins the cluster, deploys, drains. */
@NullMarked
package io.millrace.launcher;

import org.jspecify.annotations.NullMarked;
