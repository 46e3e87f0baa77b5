package io.millrace.domain.yaml;

import java.util.List;
import java.util.stream.Collectors;

/** The configuration can't be used; all that is wrong with it, at once. */
public final class InvalidConfigurationException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient List<ConfigurationError> problems;

    public InvalidConfigurationException(List<ConfigurationError> problems) {
        super(problems.stream().map(ConfigurationError::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    /** At least one; by file, then in the order in which they were found. */
    public List<ConfigurationError> problems() {
        return problems;
    }
}
