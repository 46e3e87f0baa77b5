#!/usr/bin/env bash
# Vert.x 5.0.12, io.vertx.core.Future.timeout: a future without a context fails on a thread that is no event loop.
#
# What is composed on an event loop runs on that event loop, is the guess, since all of it was called there. But a future of
# Promise.promise(), and one that is composed from Future.succeededFuture(), has no context, and timeout() schedules for these on
# Netty's GlobalEventExecutor. So only when something is late the handlers run on its thread, beside the event loop that owns the
# state, and Vertx.currentContext() is null there: timers and requests made from then on belong to yet another event loop. What
# to do: a timer of the event loop (vertx.setTimer) that fails a promise, or a promise with a context.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
cat >pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
<dependencies><dependency><groupId>io.vertx</groupId><artifactId>vertx-core</artifactId><version>5.0.12</version></dependency></dependencies></project>
POM
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib
cat >Seen.java <<'JAVA'
import io.vertx.core.*;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
public class Seen {
  static final Vertx VERTX = Vertx.vertx();
  public static void main(String[] none) throws Exception {
    see("in time, Promise.promise()", () -> {
      Promise<Void> promise = Promise.promise();
      VERTX.setTimer(10, fired -> promise.complete());
      return promise.future();
    });
    see("late, Promise.promise()", () -> Promise.<Void>promise().future());
    see("late, succeededFuture().compose()", () -> Future.succeededFuture()
        .compose(done -> VERTX.timer(1, TimeUnit.HOURS)).mapEmpty());
    see("late, a future of Vert.x' own", () -> VERTX.timer(1, TimeUnit.HOURS).mapEmpty());
    VERTX.close();
  }
  static void see(String what, Supplier<Future<Void>> future) throws Exception {
    CompletableFuture<String> seen = new CompletableFuture<>();
    VERTX.runOnContext(here -> {
      Context asking = Vertx.currentContext();
      future.get().timeout(200, TimeUnit.MILLISECONDS).onComplete(done ->
          seen.complete(Vertx.currentContext() == asking ? "the event loop that asked" : Thread.currentThread().getName().replaceAll("-\\d+.*", "")));
    });
    System.out.println(what + " -> " + seen.get(20, TimeUnit.SECONDS));
  }
}
JAVA
java -cp 'lib/*' Seen.java >seen
cat >expected <<'OUT'
in time, Promise.promise() -> the event loop that asked
late, Promise.promise() -> globalEventExecutor
late, succeededFuture().compose() -> globalEventExecutor
late, a future of Vert.x' own -> the event loop that asked
OUT
diff expected seen || { echo "Not as written: look at the lines above." >&2; exit 1; }
echo "As written: io.vertx:vertx-core 5.0.12 fails a late future without a context on Netty's GlobalEventExecutor."
