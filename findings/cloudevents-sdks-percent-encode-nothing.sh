#!/usr/bin/env bash
# cloudevents 10.0.0 (npm) and cloudevents-http-basic 4.0.1 (Maven): neither percent-encodes an attribute in binary mode, nor decodes one.
#
# The HTTP binding of CloudEvents 1.0.2 (3.1.3.2) has a sender percent-encode a space, a quotation mark, a percent sign and all
# beyond ASCII in the value of a ce- header, and a receiver decode it. The guess is that the official SDKs do. Both write the text
# as it is and read it as it stands. So a receiver that follows the binding reads `/reports/100%` where an SDK was given the subject
# `/reports/100%25`, and an SDK reads `a%20b` where a sender that follows it was given `a b`; no side sees an error. A source that is
# a URI with an escape in it changes as well, and with it what makes an event unique. Structured mode has no such question.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm install --silent --no-fund --no-audit --prefix . cloudevents@10.0.0
cat >pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
<dependencies><dependency><groupId>io.cloudevents</groupId><artifactId>cloudevents-http-basic</artifactId><version>4.0.1</version></dependency></dependencies></project>
POM
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib
cat >javascript.mjs <<'JS'
import { CloudEvent, HTTP } from 'cloudevents';
const [what, subject] = process.argv.slice(2);
const attributes = { id: '1', type: 'report.made', source: '/reports' };
console.log(what === 'write'
  ? HTTP.binary(new CloudEvent({ ...attributes, subject })).headers['ce-subject']
  : HTTP.toEvent({ headers: { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-type': 'report.made', 'ce-source': '/reports', 'ce-subject': subject } }).subject);
JS
cat >Java.java <<'JAVA'
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.http.HttpMessageFactory;
import java.net.URI;
import java.util.List;
import java.util.Map;
public class Java {
  public static void main(String[] a) {
    if (a[0].equals("write")) {
      HttpMessageFactory.createWriter((name, value) -> { if (name.equals("ce-subject")) System.out.println(value); }, body -> {})
          .writeBinary(CloudEventBuilder.v1().withId("1").withType("report.made").withSource(URI.create("/reports")).withSubject(a[1]).build());
    } else {
      System.out.println(HttpMessageFactory.createReaderFromMultimap(Map.of("ce-specversion", List.of("1.0"), "ce-id", List.of("1"),
          "ce-type", List.of("report.made"), "ce-source", List.of("/reports"), "ce-subject", List.of(a[1])), new byte[0]).toEvent().getSubject());
    }
  }
}
JAVA
java() { command java -cp 'lib/*' Java.java "$@"; }
{
  for subject in '/reports/100%25' 'a b'; do
    echo "$subject is written as: $(node javascript.mjs write "$subject") (JavaScript), $(java write "$subject") (Java)"
  done
  echo "a%20b is read as: $(node javascript.mjs read a%20b) (JavaScript), $(java read a%20b) (Java)"
} >seen
cat >expected <<'OUT'
/reports/100%25 is written as: /reports/100%25 (JavaScript), /reports/100%25 (Java)
a b is written as: a b (JavaScript), a b (Java)
a%20b is read as: a%20b (JavaScript), a%20b (Java)
OUT
diff expected seen && echo "As written: neither SDK encodes or decodes; by the binding the three are /reports/100%2525, a%20b and a b."
