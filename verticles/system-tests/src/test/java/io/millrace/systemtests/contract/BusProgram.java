package io.millrace.systemtests.contract;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonObject;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.spi.cluster.hazelcast.ConfigUtil;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A microservice as others write it: plain Vert.x, told only the cluster's name and members. */
public final class BusProgram implements AutoCloseable {
    private final Vertx vertx;

    private BusProgram(Vertx vertx) {
        this.vertx = vertx;
    }

    public static BusProgram join(Pipeline pipeline) {
        Config config = ConfigUtil.loadConfig().setClusterName(pipeline.clusterName());
        config.setProperty("hazelcast.logging.type", "slf4j");
        // As in conf/cluster.xml: to join while another member leaves may wait for an answer that is lost, for twice
        // this long.
        config.setProperty("hazelcast.operation.call.timeout.millis", "5000");
        JoinConfig join = config.getNetworkConfig().getJoin();
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).setMembers(pipeline.members());
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        return new BusProgram(await(Vertx.builder()
                .with(new VertxOptions().setEventBusOptions(new EventBusOptions().setHost("127.0.0.1")))
                .withClusterManager(new HazelcastClusterManager(config))
                .buildClustered()));
    }

    /** The reply; throws the {@link ReplyException} if it was a failure. */
    public Object ask(String token, Object body) {
        return await(askLater(token, body));
    }

    /** Without waiting. */
    public Future<Object> askLater(String token, Object body) {
        DeliveryOptions options = token == null
                ? new DeliveryOptions()
                : new DeliveryOptions().addHeader("authorization", "Bearer " + token);
        return vertx.eventBus().request("millrace.ingest", body, options).map(Message::body);
    }

    /** Answers at an address of its own; returns when the whole cluster knows. */
    public void serve(String address, Handler<Message<JsonObject>> handler) {
        await(vertx.eventBus().<JsonObject>consumer(address, handler).completion());
    }

    /** The ids of the nodes that listen at an address: one for each of their consumers. */
    List<String> listeners(String address) {
        Promise<List<RegistrationInfo>> known = Promise.promise();
        ((VertxInternal) vertx).clusterManager().getRegistrations(address, known);
        return await(known.future()).stream().map(RegistrationInfo::nodeId).toList();
    }

    ReplyException failure(String token, Object body) {
        try {
            throw new AssertionError("it should have failed, and was answered " + ask(token, body));
        } catch (ReplyException failure) {
            return failure;
        }
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof ReplyException reply) {
                throw reply;
            }
            throw new CompletionException(failed);
        } catch (TimeoutException late) {
            throw new CompletionException(late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    @Override
    public void close() {
        await(vertx.close());
    }
}
