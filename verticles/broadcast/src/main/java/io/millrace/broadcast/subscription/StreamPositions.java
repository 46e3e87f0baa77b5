package io.millrace.broadcast.subscription;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A client's positions in its streams: one position, or {@code orders=k3:17,payments=k9:2}. */
public record StreamPositions(Map<String, String> byStream) {
    public static StreamPositions parse(@Nullable String text, List<String> streams) {
        Map<String, String> positions = new HashMap<>();
        if (text == null || text.isEmpty()) {
            return new StreamPositions(positions);
        }
        if (streams.size() == 1 && text.indexOf('=') < 0) {
            return new StreamPositions(Map.of(streams.get(0), text));
        }
        for (String part : text.split(",", -1)) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                String stream = decoded(part.substring(0, equals));
                positions.put(stream, part.substring(equals + 1));
            } else if (positions.isEmpty()) {
                // A time or "beginning" holds for all streams.
                streams.forEach(stream -> positions.put(stream, part));
            }
        }
        return new StreamPositions(positions);
    }

    /** A name that isn't encoded correctly matches no stream. */
    private static String decoded(String name) {
        try {
            return URLDecoder.decode(name, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException notEncoded) {
            return name;
        }
    }

    @Nullable
    public String of(String stream) {
        return byStream.get(stream);
    }
}
