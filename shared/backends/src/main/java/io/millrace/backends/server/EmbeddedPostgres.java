package io.millrace.backends.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * PostgreSQL 18.4 with its durability on: fsync, synchronous commits, checksums. Database and superuser are called
 * {@code millrace}; whoever reaches 127.0.0.1 is trusted. Works as an ordinary user and as root.
 */
public final class EmbeddedPostgres extends EmbeddedServer {
    private static final String NAME = "PostgreSQL " + ServerArchives.POSTGRES_VERSION;
    private static final String DATABASE = "millrace";

    /** Recovery after a crash reads up to max_wal_size; everything else takes well under a second. */
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    private static final Duration TOOL_LIMIT = Duration.ofSeconds(60);
    private static final int STOP_LIMIT_SECONDS = 10;
    private static final int STATUS_LINE = 7;

    /** What differs from PostgreSQL's own defaults; given on the command line, so an old directory gets it too. */
    private static final List<String> SETTINGS = List.of(
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=100",
            "shared_buffers=128MB",
            "huge_pages=off",
            "fsync=on",
            "synchronous_commit=on",
            "wal_compression=on",
            // A source may read the log.
            "wal_level=logical",
            "max_wal_size=1GB",
            // Its statements are short: compiling them costs more than it gains.
            "jit=off",
            "log_checkpoints=off",
            "timezone=UTC",
            "log_timezone=UTC");

    /**
     * How a database is made. A young one makes each WAL segment when it is needed, and who commits just then waits: 50 ms
     * for one of 16 MB.
     */
    private static final List<String> INITDB =
            List.of("-U", DATABASE, "-A", "trust", "-E", "UTF8", "--no-locale", "--wal-segsize=1");

    private final Path data;
    private final Path log;

    private final List<String> settings;

    private EmbeddedPostgres(Path directory, int port, List<String> settings) {
        super(directory, port);
        this.settings = settings;
        this.data = directory().resolve("data");
        this.log = directory().resolve("postgres.log");
    }

    /**
     * Starts it; the first time in a directory it is unpacked and initialised, which takes seconds. Blocks until it
     * answers.
     *
     * @param directory its own, created if need be and kept
     * @param port 1 to 65535, or 0 for any free one
     * @throws IOException in one line that a person can act on
     */
    public static EmbeddedPostgres start(Path directory, int port) throws IOException {
        return start(directory, port, List.of());
    }

    /** @param settings {@code name=value} of {@code postgresql.conf} that are to be other than usual */
    public static EmbeddedPostgres start(Path directory, int port, List<String> settings) throws IOException {
        var postgres = new EmbeddedPostgres(directory, FreePorts.choose(NAME, port), settings);
        postgres.restart();
        return postgres;
    }

    /**
     * Starts a copy of a primary that follows it from then on, until it is promoted. The primary is restarted for the copy.
     *
     * @param name by which {@code synchronous_standby_names} of the primary may name it
     * @throws IOException in one line that a person can act on
     */
    public static EmbeddedPostgres startStandby(EmbeddedPostgres primary, Path directory, String name)
            throws IOException {
        primary.stop();
        Files.createDirectories(directory);
        Path data = directory.resolve("data");
        ServerArchives.copyTree(primary.data, data);
        primary.restart();
        Files.createFile(data.resolve("standby.signal"));
        Files.writeString(
                data.resolve("postgresql.auto.conf"),
                "primary_conninfo = 'host=127.0.0.1 port=" + primary.port() + " user=" + DATABASE + " application_name="
                        + name + "'\n");
        return start(directory, 0, primary.settings);
    }

    /**
     * Copies its files while it is stopped, and starts it again.
     *
     * @param copy a directory of its own, made anew
     */
    public void backUp(Path copy) throws IOException {
        stop();
        ServerArchives.deleteTree(copy);
        Files.createDirectories(copy.getParent());
        ServerArchives.copyTree(data, copy);
        restart();
    }

    /**
     * Stops it, if it runs, and gives it the files of a copy. {@link #restart} starts it with them.
     *
     * @return where its files are, for whoever wants to add to them
     */
    public Path restore(Path copy) throws IOException {
        stop();
        ServerArchives.deleteTree(data);
        ServerArchives.copyTree(copy, data);
        RunAsUser.find(directory()).adopt(data);
        return data;
    }

    /** {@code postgresql://millrace@127.0.0.1:port/millrace}. */
    @Override
    public String uri() {
        return "postgresql://millrace@127.0.0.1:" + port() + "/" + DATABASE;
    }

    @Override
    Process launch() throws IOException {
        Path programs = ServerArchives.postgres(directory());
        RunAsUser user = RunAsUser.find(directory());
        user.adopt(directory());
        endLeftovers(user, programs);
        if (!Files.isDirectory(data)) {
            initialise(user, programs);
        }
        List<String> command = ServerProcesses.command(
                user.prefix(), program(programs, "postgres"), "-D", data.toString(), "-p", "" + port());
        // Of those that are given twice the last counts.
        Stream.concat(SETTINGS.stream(), settings.stream()).forEach(setting -> command.addAll(List.of("-c", setting)));
        Process process = ServerProcesses.server(command, directory(), log);
        ServerProcesses.awaitReady(NAME, process, log, START_LIMIT, () -> isReady(process));
        return process;
    }

    /** PostgreSQL writes its state into its lock file; that tells more than a port that accepts. */
    private boolean isReady(Process process) throws IOException {
        Path status = data.resolve("postmaster.pid");
        if (!Files.exists(status)) {
            return false;
        }
        List<String> lines = Files.readAllLines(status);
        return lines.size() > STATUS_LINE
                && lines.get(0).strip().equals(Long.toString(process.pid()))
                && lines.get(STATUS_LINE).strip().equals("ready");
    }

    /**
     * Builds the database beside its place and renames at the end, so that one that exists is whole. Tests, which make
     * many, copy the first one.
     */
    private void initialise(RunAsUser user, Path programs) throws IOException {
        Path partial = directory().resolve("data.partial");
        ServerArchives.deleteTree(partial);
        Path first = ServerArchives.shared(
                "postgres-data-" + ServerArchives.POSTGRES_VERSION + "-" + Integer.toHexString(INITDB.hashCode()));
        if (first != null && Files.isReadable(first)) {
            ServerArchives.copyTree(first, partial);
        } else {
            create(user, programs, partial);
            if (first != null) {
                ServerArchives.share(partial, first);
            }
        }
        user.adopt(partial);
        Files.move(partial, data, StandardCopyOption.ATOMIC_MOVE);
    }

    private void create(RunAsUser user, Path programs, Path partial) throws IOException {
        Files.deleteIfExists(log);
        Files.createFile(log);
        List<String> initdb =
                ServerProcesses.command(user.prefix(), program(programs, "initdb"), "-D", partial.toString());
        initdb.addAll(INITDB);
        ServerProcesses.run("initdb of " + NAME, initdb, directory(), log, "", TOOL_LIMIT);
        List<String> single = ServerProcesses.command(
                user.prefix(), program(programs, "postgres"), "--single", "-D", partial.toString(), "postgres");
        ServerProcesses.run(NAME, single, directory(), log, "create database " + DATABASE + "\n", TOOL_LIMIT);
        // In single-user mode a statement that fails still ends with exit code 0.
        if (Files.readString(log).contains("ERROR:")) {
            throw StartErrors.failed("creating the database of " + NAME, "failed", log);
        }
    }

    /**
     * Ends what an earlier, killed Millrace left. The lock file goes too: its pid may by now be a stranger's, which
     * PostgreSQL would take for a postmaster and refuse to start.
     */
    private void endLeftovers(RunAsUser user, Path programs) throws IOException {
        if (!ServerProcesses.runningFrom(directory()).isEmpty() && Files.isDirectory(data)) {
            ServerProcesses.succeeds(stopCommand(user, programs, "fast"));
        }
        ServerProcesses.killRunningFrom(NAME, directory());
        Files.deleteIfExists(data.resolve("postmaster.pid"));
    }

    @Override
    void end(Process running) throws IOException {
        Path programs = ServerArchives.postgres(directory());
        RunAsUser user = RunAsUser.find(directory());
        for (String mode : List.of("fast", "immediate")) {
            ServerProcesses.succeeds(stopCommand(user, programs, mode));
            if (ServerProcesses.endsWithin(running, Duration.ofSeconds(1))) {
                return;
            }
        }
    }

    private List<String> stopCommand(RunAsUser user, Path programs, String mode) {
        List<String> command = new ArrayList<>(user.prefix());
        command.addAll(List.of(program(programs, "pg_ctl"), "stop", "-D", data.toString(), "-w", "-m", mode));
        command.addAll(List.of("-t", Integer.toString(STOP_LIMIT_SECONDS)));
        return command;
    }

    private static String program(Path programs, String name) {
        return programs.resolve(name).toString();
    }
}
