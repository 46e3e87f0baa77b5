package io.millrace.sinks.message;

/** A sink as its file describes it, of whatever kind. */
public interface ConfiguredSink {
    Sink sink();

    /** The key of its file that says where messages go to. */
    String kind();
}
