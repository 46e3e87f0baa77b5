package io.millrace.dashboard.page;

import io.millrace.contracts.text.Sha256;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sends the pages' files from the class path, with a tag made from their content.
 *
 * <p>Not vertx-web's {@code StaticHandler}: its only validator is the time at which this process extracted the file. In
 * a rolling release two nodes behind one address would answer {@code 304} for each other's files, and a browser would
 * keep a page whose halves are of different releases.
 *
 * <p>Safe from any event loop; a file is read once and cached (they are few and small).
 */
public final class StaticResources {
    /** Plain names only: no leading dot, no encoding, no parent directory. */
    private static final Pattern NAME =
            Pattern.compile("(?:[a-z0-9-]+/)*[A-Za-z0-9-]+(?:\\.d|\\.esm|\\.min)?\\.(html|css|js|ts|svg)");

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "ts", "text/plain; charset=utf-8",
            "svg", "image/svg+xml");

    private record File(Buffer content, String type, String tag) {}

    private final Map<String, File> files = new ConcurrentHashMap<>();

    private final UnaryOperator<String> page;

    /**
     * @param page transforms an HTML file before it is sent
     */
    public StaticResources(UnaryOperator<String> page) {
        this.page = page;
    }

    /**
     * Answers with the file, {@code 304} if the browser has this very content, or leaves the request to the router's
     * 404.
     */
    public void send(RoutingContext context, String folder, String name) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches()) {
            context.next();
            return;
        }
        String type = TYPES.getOrDefault(matcher.group(1), "application/octet-stream");
        var unused = read(context, folder + name, type)
                .onSuccess(file -> answer(context, file))
                .onFailure(notThere -> context.next());
    }

    private Future<File> read(RoutingContext context, String path, String type) {
        File known = files.get(path);
        if (known != null) {
            return Future.succeededFuture(known);
        }
        return context.vertx().fileSystem().readFile(path).map(read -> {
            Buffer content = path.endsWith(".html") ? Buffer.buffer(page.apply(read.toString())) : read;
            File file = new File(content, type, tag(content));
            files.put(path, file);
            return file;
        });
    }

    private static void answer(RoutingContext context, File file) {
        HttpServerResponse response = context.response()
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
                .putHeader(HttpHeaders.ETAG, file.tag());
        if (context.isFresh()) {
            finished(response.setStatusCode(304).end());
            return;
        }
        response.putHeader(HttpHeaders.CONTENT_TYPE, file.type())
                .putHeader(
                        HttpHeaders.CONTENT_LENGTH,
                        Integer.toString(file.content().length()));
        boolean head = HttpMethod.HEAD.equals(context.request().method());
        finished(head ? response.end() : response.end(file.content()));
    }

    /** Ignores a browser that disconnects during the answer. */
    private static void finished(Future<Void> sent) {
        var unused = sent.onFailure(gone -> {});
    }

    private static String tag(Buffer content) {
        return '"' + Sha256.base64url(content.getBytes()).substring(0, 22) + '"';
    }
}
