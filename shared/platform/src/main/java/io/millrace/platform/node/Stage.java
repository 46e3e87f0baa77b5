package io.millrace.platform.node;

import io.millrace.contracts.cluster.TaskStatus;
import io.millrace.platform.settings.Settings;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.ext.web.Router;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A stage on one node: a verticle to deploy, routes of the HTTP server, or both.
 *
 * <p>A stage's root package names what it is. {@code …Verticle}: the stage works on the event bus alone; the verticle is
 * deployed once, and its event loop owns the stage's state. {@code …Stage}: the stage has routes, which are mounted on
 * each event loop of the HTTP server, and perhaps a verticle beside them.
 */
public interface Stage {
    /** The stage of a verticle without routes. */
    static Stage of(Deployable verticle) {
        return new Stage() {
            @Override
            public Deployable verticle() {
                return verticle;
            }
        };
    }

    /**
     * The verticle to deploy; null if the stage has only routes. Its {@code start} completes when it can really work.
     */
    default @Nullable Deployable verticle() {
        return null;
    }

    /** Adds routes. Called once on each event loop of the HTTP server, which then owns the state of the routes. */
    default void routes(Router router) {}

    /**
     * Makes a verticle that lets clients in by another protocol than HTTP; null if there is none. It is deployed as the
     * HTTP server is: after all stages, once for each event loop.
     */
    default @Nullable Supplier<Deployable> front() {
        return null;
    }

    /**
     * Sends the connected clients to other nodes, before the servers of this node are stopped. Completes when they have
     * gone; the launcher limits the time. Called once, on the thread that stops the node.
     */
    default Future<Void> moveClients() {
        return Future.succeededFuture();
    }

    /** How its sources are on this node; only of the stage that has some. Called on any thread. */
    default List<TaskStatus> sources() {
        return List.of();
    }

    /** How its sinks are on this node; only of the stage that has some. Called on any thread. */
    default List<TaskStatus> sinks() {
        return List.of();
    }

    /**
     * A kind of stage: its settings are read before the node joins the cluster, the stage is made afterwards.
     *
     * @param name the name in {@code --stages}
     */
    record Kind<S>(String name, Function<Settings, S> settings, BiFunction<NodeContext, S, Stage> stage) {
        /**
         * Reads the settings now, with mistakes collected in {@code settings}; the result makes the stage of a node.
         */
        public Function<NodeContext, Stage> prepare(Settings from) {
            S read = settings.apply(from);
            return node -> stage.apply(node, read);
        }
    }
}
