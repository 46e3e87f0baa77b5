package io.millrace.dashboard;

import io.millrace.dashboard.page.PackPages;
import io.millrace.domain.DomainModel;
import io.millrace.platform.node.Stage;
import io.vertx.core.Deployable;
import io.vertx.ext.web.Router;
import org.jspecify.annotations.Nullable;

/** The pages and the documents of the interfaces; a stage with routes only. */
public final class DashboardStage implements Stage {
    public static final Stage.Kind<DashboardSettings> KIND = new Stage.Kind<>(
            "dashboard", DashboardSettings::from, (node, settings) -> new DashboardStage(node.domains(), settings));

    private final PackPages pages;
    private final DocumentRoutes documents;

    DashboardStage(DomainModel domains, DashboardSettings settings) {
        pages = PackPages.of(domains);
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
