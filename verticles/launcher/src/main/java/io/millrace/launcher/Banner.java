package io.millrace.launcher;

import io.millrace.platform.HttpSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a person sees when everything works: where it is, how to send an event, where the data lie. */
record Banner(Configuration configuration, Launcher launcher, String cluster, Path data, boolean development) {
    /** Of the page that shows one guild to two people; the second is the moderator's alone. */
    private static final List<String> GUILDS = List.of("81384788765712384", "81384788765712999");

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
        String admin = token("dev", "admin", Map.of());
        System.out.println("  dashboard  " + base + "/#token=" + admin);
        System.out.println(
                "  guilds     " + base + "/guilds#left=" + token("mara", "moderator", Map.of("guilds", GUILDS))
                        + "&right=" + token("tim", "member", Map.of("guilds", GUILDS.subList(0, 1)))
                        + "&bot=" + token("bot", "bot", Map.of("guilds", GUILDS)));
        System.out.println("  data       " + data.toAbsolutePath().normalize());
        System.out.println("  try it     curl -s " + base + "/api/events -H 'Content-Type: application/json' \\");
        System.out.println("               -H 'Authorization: Bearer " + admin + "' \\");
        System.out.println(
                "               -d '{\"type\":\"order:created\",\"data\":{\"orderId\":\"o-1\",\"customerId\":\"c-4\","
                        + "\"total\":129.5,\"status\":\"paid\"}}'");
        System.out.println("  This is for development: tokens are signed with a key of its own, kept with the data.");
    }

    private String token(String user, String role, Map<String, List<String>> claims) {
        return launcher.tokens().issue(user, Set.of(role), claims, Duration.ofHours(12));
    }
}
