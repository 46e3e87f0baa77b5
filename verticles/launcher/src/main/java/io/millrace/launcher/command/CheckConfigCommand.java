package io.millrace.launcher.command;

import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.launcher.Configuration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Reports every mistake of every file at once, and starts nothing. */
@Command(name = "check-config", description = "check the configuration and the domain packs; names every mistake")
public final class CheckConfigCommand implements Callable<Integer> {
    @Mixin
    private Options options = new Options();

    @Override
    public Integer call() {
        try {
            Configuration configuration = options.load(Map.of());
            warn(configuration);
            String exposure = configuration.node().cluster().exposure();
            if (exposure != null) {
                System.err.println("warning: this node would not start: " + exposure);
            }
            System.out.printf(
                    "%s: all is well: %d event types%n",
                    options.conf, configuration.domains().types().size());
            return 0;
        } catch (InvalidConfigurationException invalid) {
            report(invalid);
            return 1;
        }
    }

    static void warn(Configuration configuration) {
        configuration.domains().warnings().forEach(warning -> System.err.println("warning: " + warning));
    }

    static void report(InvalidConfigurationException invalid) {
        for (ConfigurationError problem : invalid.problems()) {
            System.err.println(problem);
        }
        int count = invalid.problems().size();
        System.err.println(count == 1 ? "1 mistake in the configuration." : count + " mistakes in the configuration.");
    }
}
