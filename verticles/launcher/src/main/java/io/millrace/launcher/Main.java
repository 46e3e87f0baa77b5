package io.millrace.launcher;

import io.millrace.launcher.command.CheckConfigCommand;
import io.millrace.launcher.command.DefaultConfigCommand;
import io.millrace.launcher.command.RunCommand;
import io.millrace.launcher.command.TokenCommand;
import io.millrace.launcher.command.TrySourceCommand;
import io.millrace.launcher.replay.ReplayCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line: {@code millrace run | check-config | default-config | token | try-source | replay}. */
@Command(
        name = "millrace",
        mixinStandardHelpOptions = true,
        version = "Millrace 0.1.0",
        description = "A real-time event pipeline: in from anywhere, stored exactly once, on a live page.",
        subcommands = {
            RunCommand.class,
            CheckConfigCommand.class,
            DefaultConfigCommand.class,
            TokenCommand.class,
            TrySourceCommand.class,
            ReplayCommand.class
        })
public final class Main {
    private Main() {}

    /** Exits with 0 on success, 1 after a failure, 2 for wrong arguments. */
    public static void main(String[] args) {
        // Before anything logs: Vert.x and Netty log through SLF4J, too.
        System.setProperty("vertx.logger-delegate-factory-class-name", "io.vertx.core.logging.SLF4JLogDelegateFactory");
        System.setProperty("hazelcast.logging.type", "slf4j");
        int exit = new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args);
        if (exit != RunCommand.RUNNING) {
            System.exit(exit);
        }
    }
}
