package io.millrace.systemtests.environment;

import static org.awaitility.Awaitility.await;

import io.millrace.backends.server.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** The ways to back up and restore that {@code shared/docs/backup.md} describes, with what the embedded PostgreSQL has. */
public enum PostgresBackup {
    /** As a snapshot of a volume: nothing in PostgreSQL tells that it is older. */
    FILES {
        @Override
        public void make(EmbeddedPostgres postgres) throws IOException {
            postgres.backUp(copy(postgres));
        }

        @Override
        public void restore(EmbeddedPostgres postgres) throws IOException {
            postgres.restore(copy(postgres));
            postgres.restart();
        }
    },

    /** A base backup and an archive of the log: the server comes back on another timeline. */
    POINT_IN_TIME {
        @Override
        public void make(EmbeddedPostgres postgres) throws IOException {
            Path archive = postgres.directory().resolve("archive");
            Files.createDirectories(archive);
            Files.setPosixFilePermissions(archive, PosixFilePermissions.fromString("rwxrwxrwx"));
            PostgresAccess access = new PostgresAccess(postgres.uri());
            access.tell("alter system set archive_mode = on");
            access.tell("alter system set archive_command = 'cp %p " + archive + "/%f'");
            postgres.backUp(copy(postgres));
            access.tell("select pg_create_restore_point('good')");
            access.tell("select pg_switch_wal()");
            await().until(() -> access.number("select count(*) from pg_stat_archiver where archived_count > 0") == 1);
        }

        @Override
        public void restore(EmbeddedPostgres postgres) throws IOException {
            Path data = postgres.restore(copy(postgres));
            Path archive = postgres.directory().resolve("archive");
            Files.createFile(data.resolve("recovery.signal"));
            Files.write(
                    data.resolve("postgresql.auto.conf"),
                    List.of(
                            "restore_command = 'cp " + archive + "/%f %p'",
                            "recovery_target_name = 'good'",
                            "recovery_target_action = 'promote'"),
                    StandardOpenOption.APPEND);
            postgres.restart();
        }
    },

    /** As a dump: another database takes the place of the one that was. */
    OTHER_DATABASE {
        @Override
        public void make(EmbeddedPostgres postgres) {
            PostgresAccess access = administration(postgres);
            access.tell("alter database millrace with allow_connections false");
            access.tell("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'millrace'");
            await().until(() -> access.number("select count(*) from pg_stat_activity where datname = 'millrace'") == 0);
            access.tell("create database saved template millrace");
            access.tell("alter database millrace with allow_connections true");
        }

        @Override
        public void restore(EmbeddedPostgres postgres) {
            PostgresAccess access = administration(postgres);
            access.tell("drop database millrace with (force)");
            access.tell("alter database saved rename to millrace");
        }

        private PostgresAccess administration(EmbeddedPostgres postgres) {
            return new PostgresAccess(postgres.uri().replaceFirst("/millrace$", "/postgres"));
        }
    };

    /** While nodes run, which can't commit meanwhile. */
    public abstract void make(EmbeddedPostgres postgres) throws IOException;

    /** No node may run. */
    public abstract void restore(EmbeddedPostgres postgres) throws IOException;

    private static Path copy(EmbeddedPostgres postgres) {
        return postgres.directory().resolve("backup");
    }
}
