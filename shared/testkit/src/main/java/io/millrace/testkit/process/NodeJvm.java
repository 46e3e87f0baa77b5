package io.millrace.testkit.process;

import java.util.ArrayList;
import java.util.List;

/** How the JVM of a node is started in tests. */
final class NodeJvm {
    /** What Hazelcast needs of the JDK (pom.xml, jvm.flags), and what makes a JVM start fast and stay small. */
    private static final List<String> FLAGS = List.of(
            "--add-modules=java.se",
            "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-opens=java.management/sun.management=ALL-UNNAMED",
            "--add-opens=jdk.management/com.sun.management.internal=ALL-UNNAMED",
            "-Xmx256m",
            "-Xss512k",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:ReservedCodeCacheSize=128m",
            "-XX:+ExitOnOutOfMemoryError");

    /** Of the servers that a node starts itself: short-lived too, and unpacked already (pom.xml). */
    private static final List<String> SERVERS = List.of("millrace.kafka.short-lived", "millrace.programs");

    private NodeJvm() {}

    static List<String> options() {
        List<String> options = new ArrayList<>(FLAGS);
        for (String property : SERVERS) {
            String value = System.getProperty(property);
            if (value != null) {
                options.add("-D" + property + "=" + value);
            }
        }
        return options;
    }
}
