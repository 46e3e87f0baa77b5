#!/usr/bin/env bash
# Vert.x 5.0.12, io.vertx.core.json.JsonObject: a JSON number beyond a double's range comes out as a *string*.
#
# RFC 8259 allows 1e400. A guess from memory is that JsonObject refuses it, or keeps it as a BigDecimal. It reads Infinity,
# and writes that as the text "Infinity", so a service that only passes JSON on changes a number's type; and 1e-400 silently
# becomes 0. On the event bus a JsonObject travels encoded, so a receiver on another node can't tell either.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
cat >pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
<dependencies><dependency><groupId>io.vertx</groupId><artifactId>vertx-core</artifactId><version>5.0.12</version></dependency></dependencies></project>
POM
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib
cat >Seen.java <<'JAVA'
import io.vertx.core.json.JsonObject;
public class Seen {
  public static void main(String[] none) {
    for (String number : new String[] {"1e400", "-1e400", "1e-400", "1e308"}) {
      JsonObject read = new JsonObject("{\"n\":" + number + "}");
      System.out.println(number + " -> " + read.encode());
    }
  }
}
JAVA
java -cp 'lib/*' Seen.java >seen
cat >expected <<'OUT'
1e400 -> {"n":"Infinity"}
-1e400 -> {"n":"-Infinity"}
1e-400 -> {"n":0.0}
1e308 -> {"n":1.0E308}
OUT
diff expected seen && echo "As written: vertx-core 5.0.12 turns 1e400 into the text \"Infinity\" and 1e-400 into 0."
