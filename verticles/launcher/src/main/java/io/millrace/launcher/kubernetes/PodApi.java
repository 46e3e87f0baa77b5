package io.millrace.launcher.kubernetes;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.PemTrustOptions;
import java.util.concurrent.TimeUnit;

/**
 * Kubernetes' API, as far as a pod changes itself. Its files are read for each call, since Kubernetes renews the token, and
 * calls are so rare that no connection is kept. Owned by one event loop.
 */
final class PodApi {
    private static final int TIMEOUT_MS = 5_000;

    private final Vertx vertx;
    private final KubernetesSettings settings;
    private final String pod;

    /** @param pod the name of the pod that is changed */
    PodApi(Vertx vertx, KubernetesSettings settings, String pod) {
        this.vertx = vertx;
        this.settings = settings;
        this.pod = pod;
    }

    /** Sets one annotation of the pod, and leaves the others. Fails with a message that says what the API answered. */
    Future<Void> annotate(String name, String value) {
        Buffer patch = new JsonObject()
                .put("metadata", new JsonObject().put("annotations", new JsonObject().put(name, value)))
                .toBuffer();
        return read("namespace").compose(namespace -> read("token").compose(token -> send(namespace, token, patch)));
    }

    private Future<String> read(String file) {
        return vertx.fileSystem()
                .readFile(settings.account().resolve(file).toString())
                .map(text -> text.toString().strip());
    }

    private Future<Void> send(String namespace, String token, Buffer patch) {
        HttpClient client = vertx.createHttpClient(new HttpClientOptions()
                .setConnectTimeout(TIMEOUT_MS)
                .setTrustOptions(new PemTrustOptions()
                        .addCertPath(settings.account().resolve("ca.crt").toString())));
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.PATCH)
                .setAbsoluteURI(settings.api() + "/api/v1/namespaces/" + namespace + "/pods/" + pod)
                .putHeader("Authorization", "Bearer " + token)
                .putHeader("Content-Type", "application/merge-patch+json")
                .putHeader("Accept", "application/json");
        return client.request(options)
                .compose(request -> request.send(patch))
                .compose(response -> response.body().compose(body -> verify(response.statusCode(), body)))
                // Before the client is closed, which ends a connection that is not answered.
                .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS)
                .eventually(client::close);
    }

    private static Future<Void> verify(int status, Buffer body) {
        return status == 200
                ? Future.succeededFuture()
                : Future.failedFuture("it answers " + status + " " + message(body));
    }

    /** What a {@code Status} of Kubernetes says. */
    private static String message(Buffer body) {
        try {
            return new JsonObject(body).getString("message", "");
        } catch (DecodeException | ClassCastException noStatus) {
            return "";
        }
    }
}
