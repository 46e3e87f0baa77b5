package io.millrace.domain.yaml;

import java.util.List;
import java.util.stream.Collectors;

/** An invalid configuration, with all its mistakes. */
public final class InvalidConfigurationException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient List<ConfigurationError> problems;

    public InvalidConfigurationException(List<ConfigurationError> problems) {
        super(problems.stream().map(ConfigurationError::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    /** The mistakes, at least one; by file, then in the order in which they were found. */
    public List<ConfigurationError> problems() {
        return problems;
    }
}
