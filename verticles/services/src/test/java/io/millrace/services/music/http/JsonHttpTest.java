package io.millrace.services.music.http;

import static io.millrace.services.ServiceServers.await;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JsonHttpTest {
    private static final int MORE_THAN_CONNECTIONS = 40;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() throws Exception {
        await(vertx.close());
    }

    @Test
    void anAnswerThatIsLostCostsNoConnectionForGood() throws Exception {
        AtomicInteger lost = new AtomicInteger();
        HttpServer server = await(vertx.createHttpServer()
                .requestHandler(request -> {
                    if ("/lost".equals(request.path())) {
                        lost.incrementAndGet();
                    } else {
                        var unused = request.response().end("{\"fine\": true}");
                    }
                })
                .listen(0, "127.0.0.1"));
        JsonHttp http = new JsonHttp(vertx, "http://127.0.0.1:" + server.actualPort(), Map.of(), 500);
        List<Future<?>> calls = new ArrayList<>();
        for (int i = 0; i < MORE_THAN_CONNECTIONS; i++) {
            calls.add(http.call(HttpMethod.GET, "/lost", null));
        }
        assertThrows(ExecutionException.class, () -> await(Future.join(calls)));
        await().until(() -> lost.get() >= 32);
        for (int i = 0; i < MORE_THAN_CONNECTIONS; i++) {
            assertEquals(
                    new JsonObject().put("fine", true),
                    await(http.call(HttpMethod.GET, "/fine", null)).body());
        }
    }
}
