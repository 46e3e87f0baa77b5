package io.millrace.testkit.process;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The program that a process runs.
 *
 * @param conf the folder with {@code cluster.xml} and {@code domains/}
 * @param jar the program; null for the one on this JVM's class path
 */
public record Release(Path conf, @Nullable Path jar) {
    /** The program on this JVM's class path. */
    public static Release here(Path conf) {
        return new Release(conf, null);
    }

    /** What a JVM is told to run it. */
    List<String> program(List<String> archiving) {
        List<String> program = new ArrayList<>(jar == null ? archiving : List.of());
        String classPath = jar == null ? ClassArchive.classPath() : jar.toString();
        program.addAll(List.of("-cp", classPath, "io.millrace.launcher.Main", "run", "--conf", conf.toString()));
        return program;
    }

    /** The program that was built in another checkout of the repository, with the configuration that is there. */
    public static Release of(Path checkout) {
        return new Release(checkout.resolve("conf"), checkout.resolve("verticles/launcher/target/millrace.jar"));
    }
}
