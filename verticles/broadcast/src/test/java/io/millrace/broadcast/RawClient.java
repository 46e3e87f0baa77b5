package io.millrace.broadcast;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.function.Predicate;

/** A client that says whatever it is told to, on some transport. For one thread. */
interface RawClient extends AutoCloseable {
    /** Texts, each as a message, all in one write. */
    void say(String... texts) throws IOException;

    /** Bytes as they are, in one write. */
    void say(byte[] bytes) throws IOException;

    /** Reads until a message is one of these, and returns it. */
    JsonObject next(Predicate<JsonObject> wanted) throws IOException;

    /** Reads until a message is one of these, which is 0, or the connection is closed, which is its code. */
    int until(Predicate<JsonObject> wanted) throws IOException;

    /** Those that came, in their order. */
    List<JsonObject> messages();

    @Override
    void close() throws IOException;
}
