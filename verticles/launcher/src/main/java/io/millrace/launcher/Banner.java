package io.millrace.launcher;

import io.millrace.platform.HttpSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** What a person sees when everything works: where it is, how to send an event, where the data lie. */
record Banner(Configuration configuration, Launcher launcher, String cluster, Path data, boolean development) {
    void print(List<String> stages) {
        HttpSettings http = configuration.node().http();
        String base = "http://" + http.host() + ":" + http.port();
        System.out.println();
        System.out.println("Millrace runs: " + String.join(", ", stages));
        if (development) {
            development(base);
        } else {
            System.out.println("  http       " + base + "/");
        }
        System.out.println("  event bus  join the Hazelcast cluster " + cluster + " at "
                + configuration.node().cluster().host() + ":"
                + configuration.node().cluster().port());
        System.out.println("  metrics    http://" + http.managementHost() + ":" + http.managementPort() + "/metrics");
        System.out.println("  stop       Ctrl-C");
        System.out.flush();
    }

    private void development(String base) {
        String admin = launcher.tokens().issue("dev", Set.of("admin"), Duration.ofHours(12));
        System.out.println("  dashboard  " + base + "/#token=" + admin);
        System.out.println("  data       " + data.toAbsolutePath().normalize());
        System.out.println("  try it     curl -s " + base + "/api/events -H 'Content-Type: application/json' \\");
        System.out.println("               -H 'Authorization: Bearer " + admin + "' \\");
        System.out.println(
                "               -d '{\"type\":\"order:created\",\"data\":{\"orderId\":\"o-1\",\"customerId\":\"c-4\","
                        + "\"total\":129.5,\"status\":\"paid\"}}'");
        System.out.println("  This is for development: tokens are signed with a key of its own, kept with the data.");
    }
}
