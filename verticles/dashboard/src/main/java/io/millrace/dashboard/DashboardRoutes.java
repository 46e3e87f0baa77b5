package io.millrace.dashboard;

import io.millrace.dashboard.page.PackPages;
import io.millrace.dashboard.page.StaticResources;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

/** The pages, their files at {@code /assets/} and the JavaScript client at {@code /client/}. */
public final class DashboardRoutes {
    /** A content security policy: every resource comes from this server, and texts of events can't become scripts. */
    static final String CONTENT_SECURITY_POLICY = "default-src 'self'; connect-src 'self'; "
            + "img-src 'self' data:; object-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    private static final String PAGES = "META-INF/resources/dashboard/";
    private static final String CLIENT = "META-INF/resources/client/";

    private DashboardRoutes() {}

    static void mount(Router router, PackPages pages) {
        StaticResources files = new StaticResources(pages::linked);
        get(router, "/")
                .handler(context -> files.send(context, PAGES, pages.home().file()));
        for (PackPages.Page page : pages.all()) {
            if (!page.path().equals("/")) {
                get(router, page.path()).handler(context -> files.send(context, PAGES, page.file()));
            }
        }
        get(router, "/assets/*").handler(context -> files.send(context, PAGES, below("/assets/", context)));
        get(router, "/client/*").handler(context -> files.send(context, CLIENT, below("/client/", context)));
    }

    static Route get(Router router, String path) {
        return router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD).handler(DashboardRoutes::secure);
    }

    private static void secure(RoutingContext context) {
        context.response()
                .putHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY)
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Referrer-Policy", "no-referrer");
        context.next();
    }

    static String below(String prefix, RoutingContext context) {
        String path = context.normalizedPath();
        return path.startsWith(prefix) ? path.substring(prefix.length()) : "";
    }
}
