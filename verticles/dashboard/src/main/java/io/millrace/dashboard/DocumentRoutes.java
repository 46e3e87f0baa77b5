package io.millrace.dashboard;

import io.millrace.dashboard.document.AsyncApi;
import io.millrace.dashboard.document.OpenApi;
import io.millrace.dashboard.page.PackPages;
import io.millrace.dashboard.page.StaticResources;
import io.millrace.domain.DomainModel;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.Router;
import java.util.regex.Pattern;

/** {@code /docs}: the page and the two documents that it shows, with the address at which they are requested. */
final class DocumentRoutes {
    private static final String FILES = "META-INF/resources/docs/";

    /** The placeholders in the documents for the request's host and port, host, and protocols. */
    private static final String AUTHORITY = "authority.invalid";

    private static final String HOST = "host.invalid";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+]");

    private final String openApi;
    private final String asyncApi;
    private final PackPages pages;

    DocumentRoutes(DomainModel domains, PackPages pages, DashboardSettings settings) {
        this.pages = pages;
        openApi = ports(OpenApi.of(domains).toString(), settings);
        asyncApi = ports(AsyncApi.of(domains).toString(), settings);
    }

    private static String ports(String document, DashboardSettings settings) {
        return document.replace("management.port", Integer.toString(settings.managementPort()))
                .replace("cluster.bus.port", Integer.toString(settings.busPort()));
    }

    void mount(Router router) {
        StaticResources files = new StaticResources(pages::linked);
        json(router, "/docs/openapi.json", openApi);
        json(router, "/docs/asyncapi.json", asyncApi);
        DashboardRoutes.get(router, "/docs").handler(context -> files.send(context, FILES, "index.html"));
        DashboardRoutes.get(router, "/docs/*")
                .handler(context -> files.send(context, FILES, DashboardRoutes.below("/docs/", context)));
    }

    private static void json(Router router, String path, String document) {
        router.get(path).handler(context -> {
            var unused = context.response()
                    .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                    .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
                    // Tools on other sites read the documents, which have only public content.
                    .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, "*")
                    .end(Buffer.buffer(addressed(document, context.request())));
        });
    }

    /** Inserts the request's address; a proxy may name the protocol. */
    static String addressed(String document, HttpServerRequest request) {
        HostAndPort asked = request.authority();
        if (asked == null || !NAME.matcher(asked.host()).matches()) {
            asked = HostAndPort.create("localhost", request.localAddress().port());
        }
        String host = asked.host();
        String authority = asked.port() > 0 ? host + ":" + asked.port() : host;
        boolean secure = request.isSSL() || "https".equalsIgnoreCase(request.getHeader("X-Forwarded-Proto"));
        String open = document.replace(AUTHORITY, authority).replace(HOST, host);
        return secure
                ? open.replace("\"protocol\":\"ws\"", "\"protocol\":\"wss\"")
                        .replace("\"protocol\":\"http\"", "\"protocol\":\"https\"")
                        .replace("http://" + authority, "https://" + authority)
                : open;
    }
}
