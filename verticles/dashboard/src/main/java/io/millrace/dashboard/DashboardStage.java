package io.millrace.dashboard;

import io.millrace.dashboard.page.PackPages;
import io.millrace.domain.DomainModel;
import io.millrace.platform.auth.Issuer;
import io.millrace.platform.node.Stage;
import io.vertx.ext.web.Router;
import org.jspecify.annotations.Nullable;

/** The pages and the documents of the interfaces; a stage with routes only. */
public final class DashboardStage implements Stage {
    public static final Stage.Kind<DashboardSettings> KIND = new Stage.Kind<>(
            "dashboard",
            DashboardSettings::from,
            (node, settings) ->
                    new DashboardStage(node.domains(), settings, node.tokens().signIn()));

    private final PackPages pages;
    private final DocumentRoutes documents;
    private final Issuer.@Nullable SignIn signIn;

    /**
     * @param signIn where people sign in; null if the pages take tokens instead
     */
    DashboardStage(DomainModel domains, DashboardSettings settings, Issuer.@Nullable SignIn signIn) {
        this.signIn = signIn;
        pages = PackPages.of(domains);
        documents = new DocumentRoutes(domains, pages, settings);
    }

    @Override
    public void routes(Router router) {
        DashboardRoutes.mount(router, pages, signIn);
        documents.mount(router);
    }
}
