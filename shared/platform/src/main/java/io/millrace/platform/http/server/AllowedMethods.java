package io.millrace.platform.http.server;

import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The methods of each path, for {@code Allow} and {@code OPTIONS}. Made when all routes are mounted. */
public final class AllowedMethods {
    private static final Pattern PARAMETER = Pattern.compile(":[A-Za-z0-9_]+");

    private final List<Path> paths = new ArrayList<>();

    private record Path(Pattern pattern, Set<HttpMethod> methods) {}

    /** Reads the routes, and lets each route with GET answer HEAD, too, unless its answer never ends. */
    public AllowedMethods(Router router) {
        for (Route route : router.getRoutes()) {
            Set<HttpMethod> methods = route.methods();
            if (route.getPath() == null || methods == null || methods.isEmpty()) {
                continue;
            }
            if (methods.contains(HttpMethod.GET) && route.getMetadata(HttpServerVerticle.ENDLESS) == null) {
                route.method(HttpMethod.HEAD);
            }
            paths.add(new Path(pattern(route), Set.copyOf(route.methods())));
        }
    }

    private static Pattern pattern(Route route) {
        String path = String.valueOf(route.getPath()).replaceAll("/$", "");
        String quoted = PARAMETER.matcher(Pattern.quote(path)).replaceAll("\\\\E[^/]+\\\\Q");
        return Pattern.compile(quoted + (route.isExactPath() ? "/?" : "(/.*)?"));
    }

    /** The methods of a path; empty if there is no route. */
    public Set<HttpMethod> of(String path) {
        return paths.stream()
                .filter(known -> known.pattern.matcher(path).matches())
                .flatMap(known -> known.methods.stream())
                .collect(Collectors.toCollection(
                        () -> new TreeSet<>((a, b) -> a.name().compareTo(b.name()))));
    }

    public static String text(Set<HttpMethod> methods) {
        return methods.stream().map(HttpMethod::name).collect(Collectors.joining(", "));
    }
}
