package io.millrace.systemtests.environment;

import io.millrace.backends.EmbeddedBackends;
import io.millrace.backends.RunningBackends;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.millrace.testkit.process.Release;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * The real servers, started once, and one pipeline on them at a time: another layout replaces it. All end with the last
 * test, or with the JVM if that is stopped before.
 */
final class SharedPipeline implements ParameterResolver {
    private static final int LOG_LINES = 15;
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(SharedPipeline.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Pipeline.class;
    }

    @Override
    public Pipeline resolveParameter(ParameterContext parameter, ExtensionContext context) {
        OnPipeline wanted = AnnotationSupport.findAnnotation(context.getRequiredTestClass(), OnPipeline.class)
                .orElseThrow();
        return context.getRoot()
                .getStore(NAMESPACE)
                .getOrComputeIfAbsent(Shared.class, made -> new Shared(), Shared.class)
                .of(wanted.value());
    }

    private static final class Shared implements ExtensionContext.Store.CloseableResource {
        private final Path data =
                Repository.OUTPUTS.resolve("backends-" + ProcessHandle.current().pid());
        private final Ports ports = new Ports();
        private final Path conf = Repository.OUTPUTS.resolve("conf");
        private final RunningBackends backends;
        private final Thread atExit = new Thread(this::stop, "stop-pipeline");
        private Pipeline pipeline;
        private Pipeline.Layout layout;

        Shared() {
            try {
                // Not a temporary directory of the JDK's: PostgreSQL may run as another user, who has to get in.
                Files.createDirectories(data);
                Repository.copy(Repository.CONF, conf);
                // As its first lines say.
                for (String source : List.of("standard.yaml", "redis.yaml")) {
                    Files.move(
                            conf.resolve("sources/" + source + ".example"),
                            conf.resolve("sources/" + source),
                            StandardCopyOption.REPLACE_EXISTING);
                }
                backends = new EmbeddedBackends().start(data, line -> System.out.println("  " + line));
                Bookmakers.prepare(backends, conf);
            } catch (IOException problem) {
                throw new IllegalStateException(problem.getMessage(), problem);
            }
            Runtime.getRuntime().addShutdownHook(atExit);
            new MillraceProcess.Builder(
                            "classes", Release.here(Repository.CONF), Repository.OUTPUTS, Pipeline.SECRET, ports)
                    .backends(backends)
                    .archiveClasses();
        }

        synchronized Pipeline of(Pipeline.Layout wanted) {
            if (wanted != layout) {
                stopPipeline();
                try {
                    pipeline = new Pipeline(wanted, conf, Repository.OUTPUTS, backends, ports);
                } catch (IllegalStateException failed) {
                    throw new IllegalStateException(failed.getMessage() + "\n" + servers(), failed);
                }
                layout = wanted;
            }
            return pipeline;
        }

        /** What the servers say of themselves: a process that can't start may be one of them that is gone. */
        private String servers() {
            return Stream.of(backends.postgres(), backends.redis(), backends.kafka())
                    .map(server -> server.getClass().getSimpleName()
                            + (server.isRunning() ? " lives: " : " is gone: ")
                            + String.join("\n  ", lastLines(server.directory())))
                    .collect(Collectors.joining("\n"));
        }

        private static List<String> lastLines(Path directory) {
            try (Stream<Path> files = Files.list(directory)) {
                List<String> lines = new ArrayList<>();
                for (Path log :
                        files.filter(file -> file.toString().endsWith(".log")).toList()) {
                    List<String> all = Files.readAllLines(log);
                    lines.addAll(all.subList(Math.max(0, all.size() - LOG_LINES), all.size()));
                }
                return lines;
            } catch (IOException problem) {
                return List.of(problem.toString());
            }
        }

        private void stopPipeline() {
            layout = null;
            if (pipeline != null) {
                pipeline.close();
                pipeline = null;
            }
        }

        private synchronized void stop() {
            try {
                stopPipeline();
            } finally {
                backends.close();
                Repository.delete(data);
            }
        }

        @Override
        public void close() {
            stop();
            Runtime.getRuntime().removeShutdownHook(atExit);
        }
    }
}
