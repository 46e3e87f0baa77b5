/** Who sent a webhook: the schemes by which senders sign. */
@NullMarked
package io.millrace.sources.signature;

import org.jspecify.annotations.NullMarked;
