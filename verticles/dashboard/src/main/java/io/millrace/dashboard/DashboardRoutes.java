package io.millrace.dashboard;

import io.millrace.dashboard.page.PackPages;
import io.millrace.dashboard.page.SignInSettings;
import io.millrace.dashboard.page.StaticResources;
import io.millrace.platform.auth.Issuer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/** The pages, their files at {@code /assets/} and the JavaScript client at {@code /client/}. */
public final class DashboardRoutes {
    /** A content security policy: every resource comes from this server, and texts of events can't become scripts. */
    static final String CONTENT_SECURITY_POLICY = "default-src 'self'; connect-src 'self'; "
            + "img-src 'self' data:; object-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    /** The file of {@code /sign-in}, whose address the issuer has to know. */
    private static final String SIGN_IN = "sign-in.html";

    private static final String PAGES = "META-INF/resources/dashboard/";
    private static final String CLIENT = "META-INF/resources/client/";

    /** uPlot, of its WebJar: draws what changes over time in the console. */
    private static final String CHARTS = "META-INF/resources/webjars/uplot/1.6.30/dist/";

    private DashboardRoutes() {}

    static void mount(Router router, PackPages pages, Issuer.@Nullable SignIn signIn) {
        String policy = policy(signIn);
        StaticResources files = new StaticResources(html -> pages.linked(SignInSettings.in(html, signIn)));
        get(router, "/", policy)
                .handler(context -> files.send(context, PAGES, pages.home().file()));
        for (PackPages.Page page : pages.all()) {
            if (!page.path().equals("/")) {
                get(router, page.path(), policy).handler(context -> files.send(context, PAGES, page.file()));
            }
        }
        if (signIn != null) {
            get(router, "/sign-in", policy).handler(context -> files.send(context, PAGES, SIGN_IN));
        }
        get(router, "/assets/uplot.js", policy).handler(context -> files.send(context, CHARTS, "uPlot.esm.js"));
        get(router, "/assets/uplot.css", policy).handler(context -> files.send(context, CHARTS, "uPlot.min.css"));
        get(router, "/assets/*", policy).handler(context -> files.send(context, PAGES, below("/assets/", context)));
        get(router, "/client/*", policy).handler(context -> files.send(context, CLIENT, below("/client/", context)));
    }

    /** The pages ask the issuer for tokens, and nobody else for anything. */
    static String policy(Issuer.@Nullable SignIn signIn) {
        return signIn == null
                ? CONTENT_SECURITY_POLICY
                : CONTENT_SECURITY_POLICY.replace("connect-src 'self'", "connect-src 'self' " + signIn.origin());
    }

    static Route get(Router router, String path) {
        return get(router, path, CONTENT_SECURITY_POLICY);
    }

    private static Route get(Router router, String path, String policy) {
        return router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD).handler(context -> {
            context.response()
                    .putHeader("Content-Security-Policy", policy)
                    .putHeader("X-Content-Type-Options", "nosniff")
                    .putHeader("Referrer-Policy", "no-referrer");
            context.next();
        });
    }

    static String below(String prefix, RoutingContext context) {
        String path = context.normalizedPath();
        return path.startsWith(prefix) ? path.substring(prefix.length()) : "";
    }
}
