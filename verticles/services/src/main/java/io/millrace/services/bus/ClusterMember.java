package io.millrace.services.bus;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.spi.cluster.hazelcast.ConfigUtil;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.List;

/** Joins Millrace's cluster, as plain Vert.x does it. */
public final class ClusterMember {
    private ClusterMember() {}

    /**
     * Completes when the program is a member.
     *
     * @param cluster the cluster's name; {@code scripts/run} prints it
     * @param members {@code host:port} of some that are members already
     * @param host the address by which others reach this program
     */
    public static Future<Vertx> join(String cluster, List<String> members, String host) {
        // Whoever joins while another member leaves may wait for an answer that is lost: for 10 s, not for 120.
        Config config = ConfigUtil.loadConfig()
                .setClusterName(cluster)
                .setProperty("hazelcast.operation.call.timeout.millis", "5000");
        JoinConfig join = config.getNetworkConfig().getJoin();
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).setMembers(members);
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface(host);
        return Vertx.builder()
                .with(new VertxOptions().setEventBusOptions(new EventBusOptions().setHost(host)))
                .withClusterManager(new HazelcastClusterManager(config))
                .buildClustered();
    }
}
