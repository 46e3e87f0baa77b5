package io.millrace.launcher.cluster;

import io.millrace.launcher.NodeSettings;
import io.millrace.platform.tls.TlsFiles;
import io.millrace.testkit.network.TestAuthority;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.VertxInternal;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Nodes that form a cluster under mutual TLS. */
final class TlsNodes implements AutoCloseable {
    static final Path CONFIG = Path.of("../../conf/cluster.xml");

    final TestAuthority authority;
    /** Of the first one. */
    final int port = freePort();

    final List<Vertx> all = new ArrayList<>();
    private final String cluster;

    /** @param folder where the certificates are written */
    TlsNodes(String cluster, Path folder, String... names) throws Exception {
        this.cluster = cluster;
        this.authority = new TestAuthority(folder);
        for (String name : names) {
            authority.issue(name);
            all.add(join(all.isEmpty() ? port : freePort(), files(folder, name), CONFIG));
        }
    }

    static TlsFiles files(Path in, String name) {
        return new TlsFiles("cluster.tls", in.resolve(name + ".crt"), in.resolve(name + ".key"), in.resolve("ca.crt"));
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    static SelfHealingClusterManager manager(Vertx node) {
        return (SelfHealingClusterManager) Objects.requireNonNull(((VertxInternal) node).clusterManager());
    }

    /** One that looks for the first of them; it isn't kept. */
    Vertx join(int own, @Nullable TlsFiles tls, Path config) throws Exception {
        return Cluster.join(
                        Vertx.builder(),
                        new VertxOptions(),
                        config,
                        cluster,
                        new NodeSettings.ClusterSettings(
                                cluster, "127.0.0.1", own, 0, List.of("127.0.0.1:" + port), null, tls, false))
                .await(60, TimeUnit.SECONDS);
    }

    /** As the first of them sees it. */
    int members() {
        return manager(all.get(0)).getNodes().size();
    }

    @Override
    public void close() throws Exception {
        for (Vertx node : all) {
            node.close().await(20, TimeUnit.SECONDS);
        }
    }
}
