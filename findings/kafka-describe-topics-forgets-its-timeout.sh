#!/usr/bin/env bash
# org.apache.kafka:kafka-clients 4.1.2, Admin.describeTopics: while no broker answers, the timeout of its options isn't kept.
#
# DescribeTopicsOptions.timeoutMs is "the timeout in milliseconds for this operation", and describeCluster and listTopics keep
# theirs. But describeTopics by name first asks for the cluster, with options of its own making, which have no timeout: so the
# wait is default.api.timeout.ms, 60 s. A program that asks "is this topic there?" with a limit of a second hangs for a minute
# when Kafka is away. What to do: set default.api.timeout.ms (and request.timeout.ms, which may not be longer) of the Admin, or
# a timer of one's own.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
cat >pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
<dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-clients</artifactId><version>4.1.2</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>1.7.36</version></dependency>
</dependencies></project>
POM
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib
cat >Seen.java <<'JAVA'
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.KafkaFuture;
public class Seen {
  public static void main(String[] none) throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) { port = free.getLocalPort(); }
    Map<String, Object> config = Map.of("bootstrap.servers", "127.0.0.1:" + port,
        "request.timeout.ms", 500, "default.api.timeout.ms", 8000);
    see(config, "describeCluster, timeoutMs 1000", a -> a.describeCluster(new DescribeClusterOptions().timeoutMs(1000)).nodes());
    see(config, "listTopics, timeoutMs 1000", a -> a.listTopics(new ListTopicsOptions().timeoutMs(1000)).names());
    see(config, "describeTopics, timeoutMs 1000", a -> a.describeTopics(List.of("orders"), new DescribeTopicsOptions().timeoutMs(1000)).allTopicNames());
  }
  static void see(Map<String, Object> config, String what, Function<Admin, KafkaFuture<?>> ask) throws Exception {
    try (Admin admin = Admin.create(config)) {
      long began = System.nanoTime();
      String failed = "answered";
      try { ask.apply(admin).get(); } catch (ExecutionException e) { failed = e.getCause().getClass().getSimpleName(); }
      long ms = (System.nanoTime() - began) / 1_000_000;
      System.out.println(what + " -> " + failed + (ms < 4000 ? " in its time" : ms < 7500 ? " late" : " after default.api.timeout.ms"));
    }
  }
}
JAVA
java -cp 'lib/*' Seen.java >seen
cat >expected <<'OUT'
describeCluster, timeoutMs 1000 -> TimeoutException in its time
listTopics, timeoutMs 1000 -> TimeoutException in its time
describeTopics, timeoutMs 1000 -> TimeoutException after default.api.timeout.ms
OUT
diff expected seen || { echo "Not as written: look at the lines above." >&2; exit 1; }
echo "As written: org.apache.kafka:kafka-clients 4.1.2 waits default.api.timeout.ms for topics, whatever their timeoutMs."
