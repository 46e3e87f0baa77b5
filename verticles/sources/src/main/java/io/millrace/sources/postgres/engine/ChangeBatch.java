package io.millrace.sources.postgres.engine;

import io.millrace.sources.intake.SourceMessage;
import io.millrace.sources.postgres.value.Lsn;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes that are taken together.
 *
 * @param committed where the last transaction ends of which all changes are in this batch or an earlier one; null for none
 * @param committedMs when it was committed, milliseconds since 1970
 */
public record ChangeBatch(List<SourceMessage> messages, @Nullable Lsn committed, long committedMs) {}
