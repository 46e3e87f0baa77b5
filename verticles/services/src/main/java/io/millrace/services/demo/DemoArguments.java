package io.millrace.services.demo;

import io.millrace.services.bus.ClusterMember;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What {@code scripts/demo} tells the program of a demo about the Millrace that it has started.
 *
 * @param conf the configuration that Millrace runs with; the tokens are there too
 * @param cluster the cluster's name
 * @param member {@code host:port} of one of its nodes
 * @param http the address of Millrace's HTTP, without a path
 * @param postgres {@code postgresql://…}
 * @param redis {@code redis://…}
 * @param kafka {@code host:port}
 */
public record DemoArguments(
        Path conf, String cluster, String member, String http, String postgres, String redis, String kafka) {
    /** In the order of the components. */
    public static DemoArguments of(String... arguments) {
        return new DemoArguments(
                Path.of(arguments[0]),
                arguments[1],
                arguments[2],
                arguments[3],
                arguments[4],
                arguments[5],
                arguments[6]);
    }

    /** A file of the configuration. */
    public String read(String file) {
        try {
            return Files.readString(conf.resolve(file));
        } catch (IOException error) {
            throw new UncheckedIOException("no " + file, error);
        }
    }

    /** The token that the demo's file {@code tokens} calls {@code name}. */
    public String token(String name) {
        return read("tokens/" + name).strip();
    }

    /** A node of the cluster, beside Millrace's. */
    public Future<Vertx> join() {
        return ClusterMember.join(cluster, List.of(member), "127.0.0.1");
    }
}
