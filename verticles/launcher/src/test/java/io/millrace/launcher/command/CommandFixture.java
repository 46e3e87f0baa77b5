package io.millrace.launcher.command;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Commands as they are called, with what they print. */
public abstract class CommandFixture {
    public static final Path ROOT = Path.of(System.getProperty("millrace.root", "../.."));

    @TempDir
    @SuppressWarnings("NullAway.Init")
    public Path folder;

    public record Run(int exit, String out, String err) {}

    public static Run run(Object command, Object... arguments) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        ByteArrayOutputStream complained = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(complained, true, StandardCharsets.UTF_8));
            List<String> all = new ArrayList<>();
            Arrays.stream(arguments).map(Object::toString).forEach(all::add);
            int exit = new CommandLine(command).execute(all.toArray(String[]::new));
            return new Run(exit, said.toString(StandardCharsets.UTF_8), complained.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    public Path write(String name, String content) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }
}
