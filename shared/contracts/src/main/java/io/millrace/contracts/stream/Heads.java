package io.millrace.contracts.stream;

import java.util.List;

/** How far each of some streams is. */
public record Heads(List<Head> heads) {
    public record Head(String stream, String epoch, long offset) {}
}
