package io.millrace.platform.http.server;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.http.HttpServerRequestInternal;
import io.vertx.core.internal.http.HttpServerRequestWrapper;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/** Answers HEAD over HTTP/2 with the length but without the body, which Vert.x would send (RFC 9110 §9.3.2). */
final class HeadResponse extends HttpServerRequestWrapper {
    private final HttpServerResponse bodiless;

    HeadResponse(HttpServerRequest request) {
        super((HttpServerRequestInternal) request);
        HttpServerResponse response = request.response();
        bodiless = (HttpServerResponse) Proxy.newProxyInstance(
                HttpServerResponse.class.getClassLoader(),
                new Class<?>[] {HttpServerResponse.class},
                (self, method, arguments) -> {
                    if (method.getName().equals("end") || method.getName().equals("send")) {
                        setContentLength(response, arguments == null ? null : arguments[0]);
                        return response.end();
                    }
                    try {
                        Object result = method.invoke(response, arguments);
                        return result == response ? self : result;
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause() == null ? thrown : thrown.getCause();
                    }
                });
    }

    private static void setContentLength(HttpServerResponse response, @Nullable Object body) {
        if (body instanceof Buffer bytes) {
            response.putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(bytes.length()));
        } else if (body instanceof String text) {
            response.putHeader(
                    HttpHeaders.CONTENT_LENGTH,
                    Integer.toString(Buffer.buffer(text).length()));
        }
    }

    @Override
    public HttpServerResponse response() {
        return bodiless;
    }
}
