package io.millrace.launcher.replay;

import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.launcher.replay.format.CsvSource;
import io.millrace.launcher.replay.format.EventSource;
import io.millrace.launcher.replay.format.FileResumePoint;
import io.millrace.launcher.replay.format.InputFile;
import io.millrace.launcher.replay.format.NdjsonSource;
import io.millrace.launcher.replay.send.EventSender;
import io.millrace.launcher.replay.send.ReplayThrottle;
import io.millrace.launcher.replay.send.SendException;
import io.millrace.launcher.replay.send.Sleeper;
import io.millrace.mapping.Mapping;
import io.millrace.mapping.MappingReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code millrace replay FILE…}: sends files of events to a server, and resumes when it is started again. Exits with 0
 * if no event was refused, 1 if some were or the run couldn't be finished, 2 for wrong arguments.
 */
@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        description = "send files of events: NDJSON, or CSV with a mapping, gzipped or not",
        footer = {
            "",
            "It goes on where it was when it is started again, and sending twice changes nothing.",
            "Mappings are explained in conf/replay/online-retail.yaml."
        })
public final class ReplayCommand implements Callable<Integer> {
    private static final String TOKEN = "MILLRACE_TOKEN";

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "one event a line (.ndjson), or a table (.csv)")
    private List<Path> files = new ArrayList<>();

    @Option(names = "--mapping", paramLabel = "FILE", description = "which events the rows of a .csv are")
    private @Nullable Path mapping;

    @Option(names = "--to", paramLabel = "URL", description = "the server (default: ${DEFAULT-VALUE})")
    private URI server = URI.create("http://127.0.0.1:8080");

    @Option(names = "--token", paramLabel = "JWT", description = "the user that sends (default: $" + TOKEN + ")")
    private @Nullable String token;

    @Option(names = "--token-file", paramLabel = "FILE", description = "a file that holds the token")
    private @Nullable Path tokenFile;

    @Option(
            names = "--speed",
            paramLabel = "max|N",
            converter = ReplayArguments.Speed.class,
            description = "N times as fast as it happened (default: max)")
    private double speed = ReplayThrottle.MAX;

    @Option(names = "--batch", paramLabel = "N", description = "events of a request (default: ${DEFAULT-VALUE})")
    private int batch = 500;

    @Option(
            names = "--concurrency",
            paramLabel = "N",
            description = "requests in flight; more than one gives up the order (default: ${DEFAULT-VALUE})")
    private int concurrency = 1;

    @Option(
            names = "--patience",
            paramLabel = "TIME",
            converter = ReplayArguments.Time.class,
            description = "how long to try while the server takes nothing: 30s, 5m (default: 5m)")
    private Duration patience = Duration.ofMinutes(5);

    @Option(names = "--state", paramLabel = "DIR", description = "for the bookmarks (default: ${DEFAULT-VALUE})")
    private Path state = Path.of(".millrace", "replay");

    @Option(names = "--restart", description = "from the beginning, whatever was sent before")
    private boolean restart;

    private final Map<String, String> environment;
    private final Sleeper timing;
    private final boolean terminal;

    // From Java 22 to 24 there is a console even where there is no terminal: then the bar goes into the file.
    @SuppressWarnings("SystemConsoleNull")
    public ReplayCommand() {
        this(System.getenv(), Sleeper.SYSTEM, System.console() != null);
    }

    ReplayCommand(Map<String, String> environment, Sleeper timing, boolean terminal) {
        this.environment = environment;
        this.timing = timing;
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        requirePositive(batch, "--batch");
        requirePositive(concurrency, "--concurrency");
        PrintWriter err = spec.commandLine().getErr();
        ReplayReport report = new ReplayReport(spec.commandLine().getOut(), err, terminal, timing);
        try {
            EventSender sender =
                    new EventSender(server, token(), patience, timing, new SplittableRandom(), report::note);
            int exit = CommandLine.ExitCode.OK;
            for (Task task : tasks()) {
                exit = Math.max(exit, replay(task, sender, report));
            }
            return exit;
        } catch (InvalidConfigurationException invalid) {
            for (ConfigurationError problem : invalid.problems()) {
                err.println(problem);
            }
            return CommandLine.ExitCode.USAGE;
        } catch (IOException unreadable) {
            err.println(unreadable.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        }
    }

    /** A file, and its state before a byte is sent. */
    private record Task(InputFile file, @Nullable Mapping mapping, Checkpoint bookmark) {
        EventSource open(FileResumePoint resume) throws IOException, InvalidConfigurationException {
            return mapping == null ? NdjsonSource.open(file, resume) : CsvSource.open(file, mapping, resume);
        }

        FileResumePoint resume(Checkpoint.Position before) throws IOException {
            return FileResumePoint.find(file, mapping != null, before.rows(), before.marks(), before.end());
        }
    }

    /** All files are checked before the first is sent. */
    private List<Task> tasks() throws IOException, InvalidConfigurationException {
        Mapping read = mapping == null ? null : MappingReader.read(mapping);
        List<Task> tasks = new ArrayList<>();
        for (Path path : files) {
            if (!Files.isRegularFile(path)) {
                throw new ParameterException(spec.commandLine(), path + ": there is no such file");
            }
            boolean table = ReplayArguments.isTable(path, read != null);
            if (table && read == null) {
                throw new ParameterException(
                        spec.commandLine(),
                        path + " is a table, and --mapping doesn't say what its rows are; for an example see"
                                + " conf/replay/online-retail.yaml");
            }
            InputFile file = new InputFile(path);
            Mapping used = table ? read : null;
            String identity = FileResumePoint.beginning(file, table) + "|" + (used == null ? "" : used.fingerprint())
                    + "|" + server;
            String name = path.getFileName().toString().replaceFirst("\\.gz$", "");
            Task task = new Task(file, used, new Checkpoint(state, name, identity));
            task.open(FileResumePoint.start()).close();
            tasks.add(task);
        }
        return tasks;
    }

    private int replay(Task task, EventSender sender, ReplayReport report)
            throws IOException, InvalidConfigurationException {
        if (restart) {
            task.bookmark().forget();
        }
        Checkpoint.Position before = task.bookmark().load();
        FileResumePoint start = task.resume(before);
        ReplayStats tally = start.changed() ? new ReplayStats() : before.tally();
        if (start.complete()) {
            report.start(tally.events(), 0);
            report.summary(task.file(), tally, "sent before, nothing to do (--restart sends it again)");
            return exit(tally);
        }
        CountDownLatch summarised = new CountDownLatch(1);
        Thread hook = new Thread(interrupting(Thread.currentThread(), summarised), "replay-interrupted");
        Runtime.getRuntime().addShutdownHook(hook);
        String end = "broken off";
        boolean complete = false;
        try (Replay replay = start(task, start, tally, sender, report)) {
            replay.run();
            complete = true;
            end = "done";
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            end = "interrupted; start again to go on from here";
        } catch (SendException failure) {
            end = String.valueOf(failure.getMessage());
        } catch (IOException unreadable) {
            end = String.format(
                    Locale.ROOT, "broken off after %,d rows were sent: %s", tally.rows(), unreadable.getMessage());
        } finally {
            report.summary(task.file(), tally, end);
            summarised.countDown();
            forget(hook);
        }
        return complete ? exit(tally) : CommandLine.ExitCode.SOFTWARE;
    }

    private Replay start(Task task, FileResumePoint start, ReplayStats tally, EventSender sender, ReplayReport report)
            throws IOException, InvalidConfigurationException {
        EventSource source = task.open(start);
        if (start.changed()) {
            report.note(String.format(
                    Locale.ROOT,
                    "%s: not what was sent before under this name; what comes after row %,d is sent, and what of it the"
                            + " server has already counts as duplicate",
                    task.file().path(),
                    start.from()));
        } else if (start.known() > 0) {
            report.note(String.format(
                    Locale.ROOT, "%s: going on after row %,d", task.file().path(), start.known()));
        }
        report.start(tally.events(), task.file().readBytes());
        return new Replay(
                source,
                sender,
                new ReplayThrottle(speed, timing),
                timing,
                task.bookmark(),
                batch,
                concurrency,
                tally,
                done -> report.progress(task.file(), done));
    }

    /** Ctrl-C ends the run in order: the hook waits until the summary is out. */
    private static Runnable interrupting(Thread running, CountDownLatch summarised) {
        return () -> {
            running.interrupt();
            try {
                if (!summarised.await(3, TimeUnit.SECONDS)) {
                    System.err.println("interrupted");
                }
            } catch (InterruptedException again) {
                Thread.currentThread().interrupt();
            }
        };
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException alreadyEnding) {
            // The shutdown hook has ended the run.
        }
    }

    private @Nullable String token() throws IOException {
        String given = token;
        if (given == null && tokenFile != null) {
            given = Files.readString(tokenFile);
        }
        if (given == null) {
            given = environment.get(TOKEN);
        }
        return given == null || given.isBlank() ? null : given.strip();
    }

    private static int exit(ReplayStats tally) {
        return tally.refused() == 0 ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }

    private void requirePositive(int value, String option) {
        if (value < 1) {
            throw new ParameterException(spec.commandLine(), option + " is " + value + "; at least 1 is needed");
        }
    }
}
