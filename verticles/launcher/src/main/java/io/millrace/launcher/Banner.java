package io.millrace.launcher;

import io.millrace.domain.DomainModel;
import io.millrace.domain.access.AccessLevel;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.Namespace;
import io.millrace.launcher.command.TokenCommand;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.http.HttpSettings;
import io.millrace.platform.schema.ExampleEvent;
import io.millrace.platform.tcp.TcpSettings;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The text on the terminal after a successful start: addresses, how to send an event, the data directory. In
 * development with a link for each role of the loaded packs, and an example event.
 */
public record Banner(
        Configuration configuration, TokenVerifier tokens, String cluster, Path data, boolean development) {
    /** The page that shows one guild to two users; the second is the moderator's. */
    private static final List<String> GUILDS = List.of("81384788765712384", "81384788765712999");

    private static final Set<String> GUILD_ROLES = Set.of("moderator", "member", "bot");
    private static final String USER = "dev";
    private static final String PUBLIC = "public";

    public void print(List<String> stages, PrintStream out) {
        HttpSettings http = configuration.node().http();
        String base = http.scheme() + "://" + http.host() + ":" + http.port();
        out.println();
        out.println("Millrace runs: " + String.join(", ", stages));
        if (development && configuration.node().auth().own()) {
            development(base, out);
        } else {
            out.println("  http       " + base + "/");
        }
        TcpSettings tcp = configuration.node().tcp();
        if (tcp.enabled() && stages.contains("broadcast")) {
            out.println("  tcp        " + tcp.host() + ":" + tcp.port() + " (the event-bus bridge for other languages"
                    + (tcp.http().tls() == null ? ")" : ", over TLS)"));
        }
        out.println("  event bus  join the Hazelcast cluster " + cluster + " at "
                + configuration.node().cluster().host() + ":"
                + configuration.node().cluster().port());
        out.println("  metrics    http://" + http.managementHost() + ":" + http.managementPort() + "/metrics");
        out.println("  stop       Ctrl-C");
        out.flush();
    }

    private void development(String base, PrintStream out) {
        DomainModel domains = configuration.domains();
        List<String> roles = roles(domains);
        Map<String, List<String>> claims = claims(domains);
        for (int i = 0; i < roles.size(); i++) {
            String role = roles.get(i);
            String link =
                    base + page(domains, role) + (role.equals(PUBLIC) ? "" : "#token=" + token(USER, role, claims));
            out.println((i == 0 ? "  dashboard  " : "             ") + "as " + role + ": " + link);
        }
        if (domains.type("guild:updated") != null
                && domains.rights().roles().containsAll(GUILD_ROLES)
                && claims.containsKey("guilds")) {
            out.println("  guilds     " + base + "/guilds#left=" + token("mara", "moderator", Map.of("guilds", GUILDS))
                    + "&right=" + token("tim", "member", Map.of("guilds", GUILDS.subList(0, 1)))
                    + "&bot=" + token("bot", "bot", Map.of("guilds", GUILDS)));
        }
        out.println("  data       " + data.toAbsolutePath().normalize());
        tryIt(base, roles, claims, out);
        out.println("  This is for development: tokens are signed with a key of its own, kept with the data.");
    }

    /** Who sees their own orders alone has a page of them; everybody else begins at the first page. */
    private static String page(DomainModel domains, String role) {
        EventType order = domains.has("shop") ? domains.type("order:created") : null;
        return order != null && domains.rights().seeLevel(Set.of(role), order) == AccessLevel.OWN ? "/account" : "/";
    }

    private void tryIt(String base, List<String> roles, Map<String, List<String>> claims, PrintStream out) {
        for (String role : roles) {
            ExampleEvent example = ExampleEvent.of(configuration.domains(), USER, role);
            if (example != null) {
                String body = example.json().toString();
                out.println("  try it     curl -s " + base + "/api/events -H 'Content-Type: application/json' \\");
                if (!role.equals(PUBLIC)) {
                    String token = token(USER, role, with(claims, example));
                    out.println("               -H 'Authorization: Bearer " + token + "' \\");
                }
                out.println("               -d '" + body.replace("'", "'\\''") + "'");
                return;
            }
        }
    }

    /** Sorts roles by their rights, the most powerful first. */
    private static List<String> roles(DomainModel domains) {
        List<String> roles = new ArrayList<>(domains.rights().roles());
        roles.sort(Comparator.<String>comparingLong(role -> weight(domains, role))
                .reversed()
                .thenComparing(Comparator.naturalOrder()));
        return roles;
    }

    private static long weight(DomainModel domains, String role) {
        return domains.types().stream()
                .mapToLong(type -> (domains.rights().seeLevel(Set.of(role), type) == AccessLevel.ALL ? 2 : 0)
                        + (domains.rights().mayPublish(Set.of(role), type) ? 1 : 0))
                .sum();
    }

    /** A key for each claim that gives access to streams, so that a link shows some. */
    private static Map<String, List<String>> claims(DomainModel domains) {
        Map<String, List<String>> claims = new TreeMap<>();
        for (Namespace namespace : domains.namespaces()) {
            String claim = namespace.accessClaim();
            if (claim != null && !TokenCommand.OWN.contains(claim)) {
                claims.put(claim, claim.equals("guilds") ? GUILDS : List.of("1"));
            }
        }
        return claims;
    }

    /** Adds the key of the example's stream. */
    private static Map<String, List<String>> with(Map<String, List<String>> claims, ExampleEvent example) {
        Namespace namespace = example.type().namespace();
        String stream = namespace.stream().resolve(example.data());
        String key = stream == null ? null : namespace.stream().keyOf(stream);
        String claim = namespace.accessClaim();
        if (key == null || claim == null || !claims.containsKey(claim)) {
            return claims;
        }
        Map<String, List<String>> more = new TreeMap<>(claims);
        more.put(claim, List.of(key));
        return more;
    }

    private String token(String user, String role, Map<String, List<String>> claims) {
        return tokens.signer().issue(user, Set.of(role), claims, Duration.ofHours(12));
    }
}
