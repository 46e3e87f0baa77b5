package io.millrace.contracts.connection;

import java.util.List;

/**
 * What a command did.
 *
 * @param done how many connections were ended
 * @param silent the nodes that did not answer, as in {@link ConnectionPage}
 */
public record ConnectionCommandResult(int done, List<String> silent) {}
