/** What the stages that use PostgreSQL share: settings, pools, a probe, and what an error means. */
@NullMarked
package io.millrace.postgres;

import org.jspecify.annotations.NullMarked;
