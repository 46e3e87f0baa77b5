package io.millrace.services.guilds;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NameCacheTest {
    private long now;
    private final List<String> read = new ArrayList<>();
    private final NameCache cache = new NameCache(2, 1_000, () -> now);

    private void get(String id) {
        var unused = cache.get(EntityKey.channel("42", id), key -> {
            read.add(key.id());
            return Future.succeededFuture(key.id());
        });
    }

    @Test
    void theLeastRecentlyUsedNameMakesRoom() {
        List.of("a", "b", "a", "c", "a", "b").forEach(this::get);
        assertEquals(List.of("a", "b", "c", "b"), read);
        assertEquals(2, cache.size());
        assertEquals(2, cache.hits());
        assertEquals(4, cache.misses());
    }

    @Test
    void aNameIsReadAgainWhenItsTimeIsOver() {
        get("a");
        now = 999;
        get("a");
        now = 1_000;
        get("a");
        assertEquals(List.of("a", "a"), read);
    }
}
