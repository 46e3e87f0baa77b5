package io.millrace.broadcast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.broadcast.transport.Slices;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SlicesTest {
    @Test
    void whatElseTheEventLoopHasToDoIsDoneBetweenTwoSlices() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            Context loop = vertx.getOrCreateContext();
            AtomicInteger done = new AtomicInteger();
            Promise<Integer> meanwhile = Promise.promise();
            Promise<Void> end = Promise.promise();
            loop.runOnContext(start -> {
                new Slices(loop)
                        .each(IntStream.range(0, 10_000).boxed().toList(), one -> {
                            done.incrementAndGet();
                            return 1;
                        })
                        .onComplete(end);
                loop.runOnContext(other -> meanwhile.complete(done.get()));
            });
            end.future().await(10, TimeUnit.SECONDS);
            assertEquals(10_000, done.get());
            int before = meanwhile.future().await(10, TimeUnit.SECONDS);
            assertTrue(before > 0 && before < 2_000, "not after all of them: " + before);
            Future<Void> none = new Slices(loop).each(java.util.List.<Integer>of(), one -> 1);
            assertTrue(none.succeeded());
        } finally {
            vertx.close().await(10, TimeUnit.SECONDS);
        }
    }
}
