package io.millrace.api;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a CDN keeps of the reads, for how long and for whom. */
@Timeout(60)
class CdnTest extends CdnFixture {
    private static final String SECRET = "nobody else may know";

    CdnTest(@TempDir Path folder) {
        super(folder);
    }

    @Test
    void whatEverybodyMaySeeIsAskedForOnce() throws Exception {
        start("60s", "30s");
        write(1);
        HttpResponse<String> first = get(NOTE);
        HttpResponse<String> second = get(NOTE);

        assertEquals("MISS 1", told(first));
        assertEquals("HIT 1", told(second));
        assertEquals(first.body(), second.body());
        assertEquals(1, asked.size());
        assertEquals("public, max-age=0, s-maxage=60, stale-while-revalidate=30", header(second, "Cache-Control"));
        assertEquals("stream:notes entity:notes/note/n-1", header(second, "Surrogate-Key"));
        assertEquals("stream:notes,entity:notes/note/n-1", header(second, "Cache-Tag"));
        assertEquals("Authorization", header(second, "Vary"));
        assertEquals(304, get(NOTE, "If-None-Match", header(second, "ETag")).statusCode());
        assertEquals(1, asked.size());
    }

    @Test
    void whatIsOldIsAskedForByItsTag() throws Exception {
        start("1s", "0ms");
        write(1);
        assertEquals("MISS 1", read());
        await().until(() -> read().equals("REVALIDATED 1"));
        write(2);
        await().until(() -> read().equals("EXPIRED 2"));
        assertEquals("HIT 2", read());
    }

    @Test
    void whileTheNewOneIsFetchedTheOldOneIsServed() throws Exception {
        start("5s", "60s");
        write(1);
        assertEquals("MISS 1", read());
        write(2);
        List<String> told = new ArrayList<>();
        await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> {
                    told.add(read());
                    return told.contains("HIT 2");
                });
        told.removeIf(one -> one.equals("HIT 1") || one.equals("UPDATING 1"));
        assertEquals(Set.of("STALE 1", "HIT 2"), Set.copyOf(told), told::toString);
    }

    @Test
    void aWriteRenewsTheEntryAtOnce() throws Exception {
        start("60s", "0ms");
        String[] renew = {"X-Purge", "change-me", "Cache-Control", "no-cache"};
        write(1);
        assertEquals("MISS 1", read());
        write(2);
        assertEquals("HIT 1", read());
        assertEquals("HIT 1", read("X-Purge", "a guess", "Cache-Control", "no-cache"));

        assertEquals("BYPASS 2", read(renew));
        assertTrue(asked.get(asked.size() - 1).fresh(), "PostgreSQL is read, which has the write");
        assertEquals("HIT 2", read());

        write("n-1", 3, null);
        assertEquals(404, get(NOTE, renew).statusCode());
        HttpResponse<String> gone = get(NOTE);
        assertEquals(404, gone.statusCode());
        assertEquals("HIT 3", told(gone));
        write(4);
        assertEquals("BYPASS 4", read(renew));
        assertEquals("HIT 4", read());
    }

    @Test
    void nobodyGetsWhatAnotherOnesTokenDecides() throws Exception {
        start("60s", "60s", true);
        write(1);
        write("d-ann", 1, "{\"diaryId\":\"d-ann\",\"userId\":\"ann\",\"text\":\"" + SECRET + "\"}");
        String diary = "/api/entities/diary/d-ann";
        for (int round = 0; round < 3; round++) {
            HttpResponse<String> own = getAs("ann", "writer", diary);
            assertEquals(200, own.statusCode(), own::body);
            assertTrue(own.body().contains(SECRET));
            assertEquals("private, no-cache", header(own, "Cache-Control"));
            assertEquals("", header(own, "Surrogate-Key"));
            assertEquals(403, getAs("bob", "writer", diary).statusCode());
            HttpResponse<String> nobodys = get(diary);
            assertEquals(401, nobodys.statusCode());
            assertEquals("private, no-store", header(nobodys, "Cache-Control"));
            // Who sees the whole stream is told the position, too.
            for (String path : List.of(NOTE, "/api/streams/notes/events")) {
                HttpResponse<String> all = getAs("root", "admin", path);
                HttpResponse<String> some = get(path);
                assertTrue(all.body().contains("\"k1:"), all::body);
                assertFalse(some.body().contains("\"k1:"), some::body);
                assertEquals(round == 0 ? "MISS" : "HIT", header(some, "X-Cache-Status"), path);
                assertEquals("MISS", header(all, "X-Cache-Status"), path);
            }
        }
        try (Stream<Path> kept = Files.walk(folder.resolve("cache"))) {
            for (Path file : kept.filter(Files::isRegularFile).toList()) {
                String content = Files.readString(file, StandardCharsets.ISO_8859_1);
                assertFalse(content.contains(SECRET) || content.contains("\"k1:"), content);
            }
        }
    }

    @Test
    void aPageGetsWhatItsOwnOriginMayRead() throws Exception {
        List<String> origins = List.of("https://a.example", "https://b.example");
        start("60s", "0ms", false, origins.toArray(String[]::new));
        write(1);
        assertEquals("", header(get(NOTE), "Access-Control-Allow-Origin"));
        for (int round = 0; round < 2; round++) {
            for (String origin : origins) {
                HttpResponse<String> answer = get(NOTE, "Origin", origin);
                assertEquals(origin, header(answer, "Access-Control-Allow-Origin"));
                assertEquals("origin, Authorization", header(answer, "Vary"));
            }
        }
    }

    @Test
    void whereAnyOriginMayReadAnAnswerThatWasMadeForNoneIsForAPageToo() throws Exception {
        start("60s", "0ms", false, "*");
        write(1);
        assertEquals("MISS 1", read());
        HttpResponse<String> answer = get(NOTE, "Origin", "https://a.example");
        assertEquals("HIT 1", told(answer));
        assertEquals("*", header(answer, "Access-Control-Allow-Origin"));
    }

    @Test
    void aFullPageOfHistoryIsKeptAndTheLastOneIsNot() throws Exception {
        start("60s", "0ms");
        String start = new JsonObject(get("/api/streams/notes/events?limit=1").body()).getString("next");
        String full = "/api/streams/notes/events?limit=2&after=" + start;
        HttpResponse<String> first = get(full);
        HttpResponse<String> second = get(full);
        assertEquals("MISS", header(first, "X-Cache-Status"));
        assertEquals("HIT", header(second, "X-Cache-Status"));
        assertEquals(first.body(), second.body());
        assertEquals("public, max-age=600, immutable", header(second, "Cache-Control"));
        assertEquals("closed:notes", header(second, "Surrogate-Key"));
        assertEquals(304, get(full, "If-None-Match", header(second, "ETag")).statusCode());

        String next = new JsonObject(second.body()).getString("next");
        for (String open : List.of(
                "?limit=2&after=" + next,
                "?last=2",
                "?limit=1000",
                "?last=1&before=" + next,
                // After a reset of the stream, or when history has removed events, these are other events.
                "?limit=2",
                "?limit=2&after=beginning")) {
            for (int i = 0; i < 2; i++) {
                HttpResponse<String> answer = get("/api/streams/notes/events" + open);
                assertEquals(200, answer.statusCode(), answer::body);
                assertEquals("MISS", header(answer, "X-Cache-Status"), open);
                assertEquals("public, max-age=0, s-maxage=60", header(answer, "Cache-Control"));
            }
        }
        HttpResponse<String> own = getAs("ann", "writer", full);
        assertEquals("private, no-cache", header(own, "Cache-Control"));
    }

    @Test
    void withoutAnAgeNothingIsKept() throws Exception {
        start("0ms", "60s");
        write(1);
        assertEquals("MISS 1", read());
        assertEquals("MISS 1", read());
        assertEquals("private, no-cache", header(get(NOTE), "Cache-Control"));
    }
}
