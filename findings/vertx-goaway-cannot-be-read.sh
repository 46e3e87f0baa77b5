#!/usr/bin/env bash
# Vert.x 5.0.12: HttpClosedException.goAway() throws when an HTTP/2 server has said GOAWAY and closed.
#
# A server that drains says GOAWAY (RFC 9113, 6.8), and a request that it took no more fails with HttpClosedException. A good
# guess is that its goAway() tells the code and the last stream, so that a client knows whether to send the request anew.
# It throws IllegalReferenceCountException: it copies the frame's debug data, whose buffer was freed when the frame had
# been read, also when it is empty. A client that asks in a recover() gets that exception instead of its second try. What to
# do: take the exception for a yes, or keep what HttpConnection.goAwayHandler was told, whose code and stream can be read.
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
        .requestHandler(request -> {
          HttpConnection drained = request.connection();
          drained.goAway(0);
          vertx.setTimer(100, closes -> drained.close());
        })
        .listen(0, "127.0.0.1").await(20, TimeUnit.SECONDS).actualPort();
    HttpClient client = vertx.httpClientBuilder()
        .with(new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false))
        .withConnectHandler(connection -> connection.goAwayHandler(
            gone -> System.out.println("the handler is told: code " + gone.getErrorCode())))
        .build();
    client.request(HttpMethod.GET, port, "127.0.0.1", "/")
        .compose(HttpClientRequest::send)
        .transform(sent -> {
          HttpClosedException closed = (HttpClosedException) sent.cause();
          try {
            GoAway gone = closed.goAway();
            System.out.println("goAway(): " + (gone == null ? "none" : "code " + gone.getErrorCode()));
          } catch (RuntimeException thrown) {
            System.out.println("goAway(): " + thrown);
          }
          return io.vertx.core.Future.succeededFuture();
        })
        .await(20, TimeUnit.SECONDS);
    vertx.close().await(20, TimeUnit.SECONDS);
  }
}
JAVA
java -cp 'lib/*' Seen.java 2>log >seen
cat >expected <<'OUT'
the handler is told: code 0
goAway(): io.netty.util.IllegalReferenceCountException: refCnt: 0
OUT
diff expected seen || { cat log; exit 1; }
echo "As written: vertx-core 5.0.12 throws at HttpClosedException.goAway() once the GOAWAY frame has been read."
