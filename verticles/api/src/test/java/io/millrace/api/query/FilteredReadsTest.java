package io.millrace.api.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ApiFixture;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.testkit.client.ApiResponse;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** How many may search history at once. */
class FilteredReadsTest {
    private static final String PACK =
            """
            domain: test
            namespaces: { orders: { stream: orders } }
            types: { "order:made": { namespace: orders } }
            roles: { admin: { see: ["*"] } }
            """;

    @Test
    void beyondAFewReadsWithAFilterFurtherOnesAreRefusedUntilOneIsDoneAndOthersAreAnswered() throws Exception {
        Promise<HistoryPage> page = Promise.promise();
        AtomicInteger asked = new AtomicInteger();
        ExecutorService clients = Executors.newCachedThreadPool();
        try (ApiFixture fixture = new ApiFixture(PACK, "api.history.filtered", "2")) {
            fixture.serve(Addresses.HISTORY, query -> {
                asked.incrementAndGet();
                return page.future();
            });
            List<CompletableFuture<ApiResponse>> reads = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                reads.add(CompletableFuture.supplyAsync(() -> search(fixture), clients));
            }
            Awaitility.await().until(() -> asked.get() == 2);
            ApiResponse refused = search(fixture);
            assertEquals(503, refused.status());
            assertTrue(refused.body().contains("overloaded"), refused::body);
            assertTrue(Integer.parseInt(refused.header("Retry-After")) > 0);
            assertEquals(200, fixture.api("u-1", "admin").get("/api/types").status());
            page.complete(new HistoryPage("orders", "k1", 1, 0, List.of()));
            for (CompletableFuture<ApiResponse> read : reads) {
                assertEquals(200, read.get(20, TimeUnit.SECONDS).status());
            }
            assertEquals(200, search(fixture).status());
        } finally {
            clients.shutdown();
        }
    }

    private static ApiResponse search(ApiFixture fixture) {
        return fixture.api("u-1", "admin").get("/api/streams/orders/events?last=1&filter=%7B%22data.n%22%3A1%7D");
    }
}
