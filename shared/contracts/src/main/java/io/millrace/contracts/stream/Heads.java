package io.millrace.contracts.stream;

import java.util.List;

/** The heads of streams. */
public record Heads(List<Head> heads) {
    public record Head(String stream, String epoch, long offset) {}
}
