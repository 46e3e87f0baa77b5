package io.millrace.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the Markdown files name is there: a link's target, a class, a setting, a metric, a bus address. */
class DocumentationTest {
    private static final Path ROOT = Path.of(System.getProperty("millrace.root", "../.."))
            .toAbsolutePath()
            .normalize();
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)|(?:src|srcset)=\"([^\"]+)\"");
    private static final Pattern TYPE = Pattern.compile("\\b(?:class|record|enum|interface) (\\w+)");
    private static final Pattern NAME = Pattern.compile("\"(millrace\\.[a-z.-]+)\"");
    private static final Pattern NAMED_TYPE = Pattern.compile("`([A-Z][a-z0-9]+(?:[A-Z]\\w*)+)`");
    private static final Pattern NAMED_METRIC = Pattern.compile("\\bmillrace_([a-z_]+)");
    private static final Pattern NAMED_ADDRESS = Pattern.compile("`(millrace\\.[a-z0-9.-]+)`");
    private static final Pattern NAMED_SETTING = Pattern.compile("`([a-z]+\\.[a-z.]+)`");
    private static final Pattern FILE = Pattern.compile(".*\\.(js|ts|yaml|xml|md|jar|jsonl)");
    /** Names of other projects. */
    private static final Set<String> OTHERS = Set.of(
            "BroadcastChannel",
            "EventSource",
            "JsonObject",
            "JsonArray",
            "ReplyException",
            "VerticleBase",
            "WebSocket");

    @Test
    void everyLinkLeadsSomewhere() throws IOException {
        List<String> dead = new ArrayList<>();
        for (Path page : pages()) {
            Matcher link = LINK.matcher(Files.readString(page));
            while (link.find()) {
                String target = link.group(1) == null ? link.group(2) : link.group(1);
                if (!target.matches("[a-z]+:.*") && !leads(page, target)) {
                    dead.add(ROOT.relativize(page) + ": " + target);
                }
            }
        }
        assertEquals(List.of(), dead);
    }

    private static boolean leads(Path page, String target) throws IOException {
        int anchor = target.indexOf('#');
        String path = anchor < 0 ? target : target.substring(0, anchor);
        Path file = path.isEmpty() ? page : page.resolveSibling(path).normalize();
        return Files.exists(file) && (anchor < 0 || headings(file).contains(target.substring(anchor + 1)));
    }

    private static Set<String> headings(Path page) throws IOException {
        return Files.readAllLines(page).stream()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.replaceFirst("#+ ", "")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9 -]", "")
                        .replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    @Test
    void everyClassThatIsNamedIsThere() throws IOException {
        Set<String> types = new TreeSet<>(OTHERS);
        for (Path source : files(".java")) {
            Matcher type = TYPE.matcher(Files.readString(source));
            while (type.find()) {
                types.add(type.group(1));
            }
        }
        assertEquals(List.of(), unknown(NAMED_TYPE, types::contains));
    }

    @Test
    void everySettingThatIsNamedIsThere() throws Exception {
        Set<String> settings =
                Configuration.load(ROOT.resolve("conf"), List.of(), Map.of(), Map.of()).settings().known().stream()
                        .map(setting -> setting.name())
                        .collect(Collectors.toSet());
        Set<String> blocks = settings.stream()
                .map(name -> name.substring(0, name.indexOf('.')))
                .collect(Collectors.toSet());
        assertEquals(
                List.of(),
                unknown(
                        NAMED_SETTING,
                        name -> settings.contains(name)
                                || !blocks.contains(name.substring(0, name.indexOf('.')))
                                || FILE.matcher(name).matches()));
    }

    @Test
    void everyMetricThatIsNamedIsThere() throws IOException {
        Pattern known =
                Pattern.compile(names().map(name -> name.replace(".", "_").replace("*", "[a-z]+"))
                        .collect(Collectors.joining("|", "(?:", ")(?:_seconds|_bytes|_total)?")));
        assertEquals(List.of(), unknown(NAMED_METRIC, name -> known.matcher("millrace_" + name)
                .matches()));
    }

    @Test
    void everyAddressThatIsNamedIsThere() throws IOException {
        Set<String> known = names().collect(Collectors.toSet());
        assertEquals(
                List.of(),
                unknown(
                        NAMED_ADDRESS,
                        name -> known.contains(name.replaceFirst("[0-9]+$", ""))
                                || FILE.matcher(name).matches()));
    }

    /** What pages name by a pattern's first group and isn't known, each with its page. */
    private static List<String> unknown(Pattern named, Predicate<String> known) throws IOException {
        Set<String> unknown = new TreeSet<>();
        for (Path page : pages()) {
            Matcher name = named.matcher(Files.readString(page));
            while (name.find()) {
                if (!known.test(name.group(1))) {
                    unknown.add(ROOT.relativize(page) + ": " + name.group(1));
                }
            }
        }
        return List.copyOf(unknown);
    }

    /** Metrics, bus addresses and topics: as they are described, and as the sources name them. */
    private static Stream<String> names() throws IOException {
        Properties described = new Properties();
        try (InputStream page =
                Launcher.class.getResourceAsStream("/io/millrace/platform/metrics/metrics.properties")) {
            described.load(page);
        }
        Set<String> names = new TreeSet<>(described.stringPropertyNames());
        for (Path source : files(".java")) {
            Matcher name = NAME.matcher(Files.readString(source));
            while (name.find()) {
                names.add(name.group(1));
            }
        }
        return names.stream();
    }

    private static List<Path> pages() throws IOException {
        return files(".md");
    }

    private static List<Path> files(String ending) throws IOException {
        try (Stream<Path> all = Files.walk(ROOT)) {
            return all.filter(file -> file.toString().endsWith(ending))
                    .filter(file -> {
                        String path = "/" + ROOT.relativize(file);
                        return !path.contains("/target/") && !path.contains("/.") && !path.contains("/node_modules/");
                    })
                    .sorted()
                    .toList();
        }
    }
}
