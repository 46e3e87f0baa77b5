package io.millrace.platform.node;

import io.millrace.platform.settings.Settings;
import io.vertx.core.Deployable;
import io.vertx.ext.web.Router;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A stage on one node: a verticle to deploy, and routes of the HTTP server. */
public interface Stage {
    /**
     * The verticle to deploy; null if the stage has only routes. Its {@code start} completes when it can really work.
     */
    @Nullable
    Deployable verticle();

    /** Adds routes. Called once on each event loop of the HTTP server, which then owns the state of the routes. */
    default void routes(Router router) {}

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
