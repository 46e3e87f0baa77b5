package io.millrace.launcher.cluster;

import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.instance.impl.DefaultNodeContext;
import com.hazelcast.instance.impl.DefaultNodeExtension;
import com.hazelcast.instance.impl.HazelcastInstanceFactory;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.instance.impl.NodeExtension;
import com.hazelcast.internal.networking.Channel;
import com.hazelcast.internal.networking.ChannelInitializer;
import com.hazelcast.internal.server.ServerContext;
import java.io.IOException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.net.ssl.SSLContext;

/**
 * A Hazelcast member whose connections to other members use mutual TLS. Open-source Hazelcast has no TLS; this puts a {@link
 * TlsDecoder} first and a {@link TlsEncoder} last into the pipelines of each connection (decision 019). It depends on
 * internal classes of Hazelcast 5.3.
 */
final class TlsMember extends DefaultNodeContext {
    private static final int HANDSHAKE_SECONDS = 5;

    private final SSLContext tls;

    private TlsMember(SSLContext tls) {
        this.tls = tls;
    }

    /** Starts a member; returns when it has joined or formed a cluster. */
    static HazelcastInstance start(Config config, SSLContext tls) {
        return HazelcastInstanceFactory.newHazelcastInstance(
                config, HazelcastInstanceFactory.createInstanceName(config), new TlsMember(tls));
    }

    @Override
    public NodeExtension createNodeExtension(Node node) {
        return new DefaultNodeExtension(node) {
            @Override
            public Function<EndpointQualifier, ChannelInitializer> createChannelInitializerFn(ServerContext context) {
                Function<EndpointQualifier, ChannelInitializer> plain = super.createChannelInitializerFn(context);
                return qualifier -> {
                    ChannelInitializer members = plain.apply(qualifier);
                    return channel -> {
                        TlsSession session = encrypt(channel, members);
                        Future<?> unused = node.getNodeEngine()
                                .getExecutionService()
                                .schedule(() -> closeUnless(session, channel), HANDSHAKE_SECONDS, TimeUnit.SECONDS);
                    };
                };
            }
        };
    }

    private TlsSession encrypt(Channel channel, ChannelInitializer members) throws Exception {
        TlsSession session = new TlsSession(tls, channel);
        channel.inboundPipeline().addLast(new TlsDecoder(session));
        members.initChannel(channel);
        channel.outboundPipeline().addLast(new TlsEncoder(session));
        return session;
    }

    private static void closeUnless(TlsSession session, Channel channel) {
        if (!session.established()) {
            try {
                channel.close();
            } catch (IOException gone) {
                // The connection is closed already.
            }
        }
    }
}
