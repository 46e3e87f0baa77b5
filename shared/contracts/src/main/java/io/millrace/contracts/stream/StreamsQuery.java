package io.millrace.contracts.stream;

import java.util.List;

/**
 * Asks which streams exist, in the order of their names; a stream exists from its first event on.
 *
 * @param names complete names
 * @param prefixes prefixes of names
 * @param after the name after which the page starts; empty for the first page
 * @param limit the largest number of streams, at least 1
 */
public record StreamsQuery(List<String> names, List<String> prefixes, String after, int limit) {
    public StreamsQuery {
        names = List.copyOf(names);
        prefixes = List.copyOf(prefixes);
    }
}
