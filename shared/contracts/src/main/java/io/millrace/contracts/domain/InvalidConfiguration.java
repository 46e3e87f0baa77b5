package io.millrace.contracts.domain;

import java.util.List;
import java.util.stream.Collectors;

/** The configuration can't be used; all that is wrong with it, at once. */
public final class InvalidConfiguration extends Exception {
    private static final long serialVersionUID = 1;

    private final transient List<Problem> problems;

    public InvalidConfiguration(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    /** At least one; by file, then in the order in which they were found. */
    public List<Problem> problems() {
        return problems;
    }
}
