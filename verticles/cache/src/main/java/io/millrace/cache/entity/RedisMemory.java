package io.millrace.cache.entity;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What Redis does when it is full, by its answer to {@code INFO memory}. It keeps nothing of Millrace's that is nowhere else,
 * so whether it writes to a disk doesn't matter.
 */
final class RedisMemory {
    private RedisMemory() {}

    /** @param info {@code name:value}, one a line; a value that isn't there is not judged */
    static List<String> warnings(String info) {
        Map<String, String> values = info.lines()
                .filter(line -> line.indexOf(':') > 0)
                .collect(Collectors.toMap(
                        line -> line.substring(0, line.indexOf(':')),
                        line -> line.substring(line.indexOf(':') + 1).strip(),
                        (first, second) -> first));
        List<String> found = new ArrayList<>();
        if ("0".equals(values.get("maxmemory"))) {
            found.add("maxmemory is not set: Redis grows with the entities of cache.ttl until its machine has no memory"
                    + " left. Set it, with maxmemory-policy allkeys-lru.");
        } else if ("noeviction".equals(values.get("maxmemory_policy"))) {
            found.add("maxmemory-policy is noeviction: once Redis is full it takes no writes, entities are read from"
                    + " PostgreSQL, and each node counts the rate limits by itself. Set it to allkeys-lru, or to"
                    + " volatile-lru if other programs keep data there.");
        }
        return found;
    }
}
