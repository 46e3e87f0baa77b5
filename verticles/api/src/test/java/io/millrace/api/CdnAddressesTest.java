package io.millrace.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code conf/cdn/nginx.conf} lets into the cache, and how often it asks for it. */
@Timeout(60)
class CdnAddressesTest extends CdnFixture {
    CdnAddressesTest(@TempDir Path folder) {
        super(folder);
    }

    @Test
    void onlyTheAddressThatIsRenewedIsKept() throws Exception {
        start("60s", "0ms");
        String note = "/api/entities/note/";
        for (String id : List.of("n-1", "it's", "room:42", "p 1/\u00e4")) {
            write(id, 1, "{\"noteId\":\"x\"}");
        }
        for (String path : List.of(
                note + "n-1",
                note + "n-1?stream=notes",
                note + "it's",
                note + "room%3A42",
                note + "room%3A42?stream=notes",
                note + "p%201%2F%C3%A4")) {
            assertEquals("MISS 1", told(get(path)), path);
            assertEquals("HIT 1", told(get(path)), path);
            assertEquals("BYPASS 1", told(get(path, "X-Purge", "change-me")), path);
        }
        for (String path : List.of(
                note + "n-1?stream=notes&x=1",
                note + "n-1?stream=n%6Ftes",
                note + "%6E-1",
                note + "./n-1",
                "/api//entities/note/n-1",
                note + "it%27s",
                note + "room:42",
                note + "room%3a42",
                note + "n-1;x=1",
                "/api/entities/note?stream=notes")) {
            for (int times = 0; times < 2; times++) {
                assertEquals("BYPASS", header(get(path), "X-Cache-Status"), path);
            }
        }
        assertEquals("BYPASS", header(getAs("root", "admin", note + "n-1"), "X-Cache-Status"));
    }

    @Test
    void aCrowdThatAsksForTheSameIsOneQuestion() throws Exception {
        start("60s", "0ms");
        write(1);
        HttpRequest request = HttpRequest.newBuilder(
                        Objects.requireNonNull(nginx).uri(NOTE))
                .version(HttpClient.Version.HTTP_1_1)
                .build();
        slow = CompletableFuture.supplyAsync(() -> true, CompletableFuture.delayedExecutor(300, TimeUnit.MILLISECONDS));
        List<CompletableFuture<HttpResponse<String>>> crowd = Stream.generate(
                        () -> client.sendAsync(request, BodyHandlers.ofString()))
                .limit(8)
                .toList();
        for (CompletableFuture<HttpResponse<String>> answer : crowd) {
            assertEquals(200, answer.get().statusCode());
        }
        assertEquals(1, asked.size());
    }
}
