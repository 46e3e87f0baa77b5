package io.millrace.dashboard;

import io.millrace.contracts.domain.Domains;
import io.millrace.platform.Stage;
import io.vertx.core.Deployable;
import io.vertx.ext.web.Router;
import org.jspecify.annotations.Nullable;

/** The pages, and what is written about the interfaces. Nothing but routes. */
public final class DashboardStage implements Stage {
    public static final Stage.Kind<DashboardSettings> KIND = new Stage.Kind<>(
            "dashboard", DashboardSettings::from, (node, settings) -> new DashboardStage(node.domains(), settings));

    private final Pages pages;
    private final DocumentRoutes documents;

    DashboardStage(Domains domains, DashboardSettings settings) {
        pages = Pages.of(domains);
        documents = new DocumentRoutes(domains, pages, settings);
    }

    @Override
    public @Nullable Deployable verticle() {
        return null;
    }

    @Override
    public void routes(Router router) {
        DashboardRoutes.mount(router, pages);
        documents.mount(router);
    }
}
