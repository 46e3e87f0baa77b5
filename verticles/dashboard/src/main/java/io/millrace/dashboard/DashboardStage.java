package io.millrace.dashboard;

import io.millrace.platform.Stage;
import io.vertx.core.Deployable;
import io.vertx.ext.web.Router;
import org.jspecify.annotations.Nullable;

/** The live page. Nothing but routes. */
public final class DashboardStage implements Stage {
    public static final Stage.Kind<Boolean> KIND =
            new Stage.Kind<>("dashboard", settings -> true, (node, settings) -> new DashboardStage());

    @Override
    public @Nullable Deployable verticle() {
        return null;
    }

    @Override
    public void routes(Router router) {
        DashboardRoutes.mount(router);
    }
}
