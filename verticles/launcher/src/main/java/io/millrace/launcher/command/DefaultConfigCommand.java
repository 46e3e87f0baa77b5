package io.millrace.launcher.command;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Prints the documented configuration: each setting with its default, unit and range. */
@Command(name = "default-config", description = "print every setting with its default, unit and range")
public final class DefaultConfigCommand implements Callable<Integer> {
    @Override
    public Integer call() throws IOException {
        try (InputStream file = DefaultConfigCommand.class.getResourceAsStream("/default-conf/millrace.yaml")) {
            if (file == null) {
                System.err.println("this jar was built without conf/millrace.yaml");
                return 1;
            }
            file.transferTo(System.out);
            return 0;
        }
    }
}
