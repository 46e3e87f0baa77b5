#!/usr/bin/env bash
# Vert.x 5.0.12: the body of an HTTP client's response is empty if it is asked for too late, and nothing fails.
#
# A good guess is that the future of HttpClientResponse.body() fails once the response has ended and nobody took its bytes. It
# succeeds, with none, beside "content-length: 12". This is met where futures are composed outside an event loop: of the
# bodies of `client.request(…).compose(HttpClientRequest::send).compose(HttpClientResponse::body)` on a thread of one's own,
# over a warm connection, some are empty, since the answer was there before the second compose. What to do: ask for the
# body within the same step, `.compose(request -> request.send().compose(HttpClientResponse::body))`.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
cat >pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
<dependencies><dependency><groupId>io.vertx</groupId><artifactId>vertx-core</artifactId><version>5.0.12</version></dependency></dependencies></project>
POM
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib
cat >Seen.java <<'JAVA'
import io.vertx.core.Vertx;
import io.vertx.core.http.*;
import java.util.concurrent.TimeUnit;
public class Seen {
  public static void main(String[] none) throws Exception {
    Vertx vertx = Vertx.vertx();
    int port = vertx.createHttpServer()
        .requestHandler(request -> request.response().end("twelve bytes"))
        .listen(0, "127.0.0.1").await(20, TimeUnit.SECONDS).actualPort();
    HttpClient client = vertx.createHttpClient();
    HttpClientResponse late = client.request(HttpMethod.GET, port, "127.0.0.1", "/")
        .compose(HttpClientRequest::send).await(20, TimeUnit.SECONDS);
    Thread.sleep(1_000);
    System.out.println("late: " + late.statusCode() + ", content-length " + late.getHeader("content-length")
        + ", body of " + late.body().await(20, TimeUnit.SECONDS).length());
    int empty = 0;
    int nested = 0;
    for (int i = 0; i < 50_000; i++) {
      empty += client.request(HttpMethod.GET, port, "127.0.0.1", "/")
          .compose(HttpClientRequest::send).compose(HttpClientResponse::body)
          .await(20, TimeUnit.SECONDS).length() == 0 ? 1 : 0;
      nested += client.request(HttpMethod.GET, port, "127.0.0.1", "/")
          .compose(request -> request.send().compose(HttpClientResponse::body))
          .await(20, TimeUnit.SECONDS).length() == 0 ? 1 : 0;
    }
    System.out.println("composed on another thread: " + (empty > 0 ? "some" : "none") + " empty");
    System.out.println("composed in one step: " + (nested > 0 ? "some" : "none") + " empty");
    System.err.println(empty + " and " + nested + " of 50,000");
    vertx.close().await(20, TimeUnit.SECONDS);
  }
}
JAVA
java -cp 'lib/*' Seen.java 2>log >seen
cat >expected <<'OUT'
late: 200, content-length 12, body of 0
composed on another thread: some empty
composed in one step: none empty
OUT
diff expected seen || { cat log; exit 1; }
tail -1 log
echo "As written: vertx-core 5.0.12 gives an empty body to who asks for it after the response has ended."
