package io.millrace.broadcast.transport;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Iterator;
import java.util.function.ToIntFunction;

/** Long work on an event loop, a slice at a time, so that deliveries go on between two of them. */
public final class Slices {
    /** Units of work of one slice; a unit is a look at one connection, or at one of its subscriptions. */
    private static final int UNITS = 500;

    private final Context context;

    public Slices(Context context) {
        this.context = context;
    }

    /**
     * Does something with each element. From the event loop.
     *
     * @param each returns how many units of work that was
     */
    public <T> Future<Void> each(Iterable<T> all, ToIntFunction<T> each) {
        Promise<Void> end = Promise.promise();
        next(all.iterator(), each, end);
        return end.future();
    }

    private <T> void next(Iterator<T> rest, ToIntFunction<T> each, Promise<Void> end) {
        for (int units = 0; units < UNITS && rest.hasNext(); ) {
            units += each.applyAsInt(rest.next());
        }
        if (rest.hasNext()) {
            context.runOnContext(later -> next(rest, each, end));
        } else {
            end.complete();
        }
    }
}
