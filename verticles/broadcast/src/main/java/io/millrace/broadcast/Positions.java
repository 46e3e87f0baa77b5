package io.millrace.broadcast;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where a client was in each of its streams: one position, or {@code orders=k3:17,payments=k9:2}. */
record Positions(Map<String, String> byStream) {
    static Positions parse(@Nullable String text, List<String> streams) {
        Map<String, String> positions = new HashMap<>();
        if (text == null || text.isEmpty()) {
            return new Positions(positions);
        }
        if (streams.size() == 1 && text.indexOf('=') < 0) {
            return new Positions(Map.of(streams.get(0), text));
        }
        for (String part : text.split(",", -1)) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                try {
                    String stream = URLDecoder.decode(part.substring(0, equals), StandardCharsets.UTF_8);
                    positions.put(stream, part.substring(equals + 1));
                } catch (IllegalArgumentException notEncoded) {
                    // Not one of ours: that stream begins now, and says so.
                    continue;
                }
            } else if (streams.size() > 1 && positions.isEmpty()) {
                // A time or "beginning" holds for all.
                streams.forEach(stream -> positions.put(stream, part));
            }
        }
        return new Positions(positions);
    }

    @Nullable
    String of(String stream) {
        return byStream.get(stream);
    }
}
