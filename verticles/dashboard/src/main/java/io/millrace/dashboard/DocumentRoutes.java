package io.millrace.dashboard;

import io.millrace.contracts.domain.Domains;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;

/** {@code /docs}: the page, and the two documents that it shows. */
final class DocumentRoutes {
    private static final String FILES = "META-INF/resources/docs/";

    private final Buffer openApi;
    private final Buffer asyncApi;

    DocumentRoutes(Domains domains) {
        openApi = Buffer.buffer(OpenApi.of(domains).toString());
        asyncApi = Buffer.buffer(AsyncApi.of(domains).toString());
    }

    void mount(Router router) {
        ClassPathFiles files = new ClassPathFiles();
        json(router, "/docs/openapi.json", openApi);
        json(router, "/docs/asyncapi.json", asyncApi);
        DashboardRoutes.get(router, "/docs").handler(context -> files.send(context, FILES, "index.html"));
        DashboardRoutes.get(router, "/docs/*")
                .handler(context -> files.send(context, FILES, DashboardRoutes.below("/docs/", context)));
    }

    private static void json(Router router, String path, Buffer document) {
        router.get(path).handler(context -> {
            var unused = context.response()
                    .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                    .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
                    // Tools on pages of other sites read it; it says nothing that isn't everybody's.
                    .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, "*")
                    .end(document);
        });
    }
}
