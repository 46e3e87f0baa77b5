package io.millrace.platform.node;

import io.millrace.platform.settings.Settings;
import io.vertx.core.Deployable;
import io.vertx.ext.web.Router;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A stage on one node: a verticle to deploy, and what it puts on the HTTP front. */
public interface Stage {
    /** What to deploy; null if the stage is nothing but routes. Its {@code start} completes when it really works. */
    @Nullable
    Deployable verticle();

    /** Called once on each of the front's event loops, which then owns whatever the routes keep. */
    default void routes(Router router) {}

    /**
     * How a stage comes to be: its settings are read before the node joins the cluster, itself made after.
     *
     * @param name as {@code --stages} says it
     */
    record Kind<S>(String name, Function<Settings, S> settings, BiFunction<NodeContext, S, Stage> stage) {
        /** Reads the settings now (mistakes gather in {@code settings}); makes the stage when the node is there. */
        public Function<NodeContext, Stage> prepare(Settings from) {
            S read = settings.apply(from);
            return node -> stage.apply(node, read);
        }
    }
}
