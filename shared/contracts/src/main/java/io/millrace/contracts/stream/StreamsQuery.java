package io.millrace.contracts.stream;

import java.util.List;

/**
 * Asks which streams there are, in the order of their names; one that was never written to isn't.
 *
 * @param names whole names
 * @param prefixes beginnings of names
 * @param after only names behind this one; empty for all
 * @param limit how many at most, from 1
 */
public record StreamsQuery(List<String> names, List<String> prefixes, String after, int limit) {
    public StreamsQuery {
        names = List.copyOf(names);
        prefixes = List.copyOf(prefixes);
    }
}
