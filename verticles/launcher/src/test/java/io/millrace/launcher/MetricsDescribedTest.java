package io.millrace.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.platform.metrics.MetricDescriptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every metric that a source names whole has its words, there or in metrics.properties, or the build fails. */
class MetricsDescribedTest {
    private static final Path ROOT = Path.of(System.getProperty("millrace.root", "../.."));
    private static final Pattern MADE = Pattern.compile(
            "(?:counter|gauge|timer|summary|builder|EnumCounters<>)\\(\\s*\"(millrace\\.[a-z.]+)\"([^;]*);");

    @Test
    void everyMetricSaysWhatItIs() throws IOException {
        MetricDescriptions help = new MetricDescriptions();
        TreeSet<String> made = new TreeSet<>();
        TreeSet<String> silent = new TreeSet<>();
        for (Path source : sources()) {
            Matcher found = MADE.matcher(Files.readString(source));
            while (found.find()) {
                boolean described = found.group(2).contains(".description(");
                made.add(found.group(1));
                if (!described && help.of(found.group(1)) == null) {
                    silent.add(found.group(1));
                }
            }
        }
        assertTrue(made.size() > 30, made::toString);
        assertEquals(new TreeSet<>(), silent);
    }

    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        for (String modules : List.of("shared", "verticles")) {
            try (Stream<Path> folders = Files.list(ROOT.resolve(modules))) {
                for (Path main : folders.map(module -> module.resolve("src/main/java"))
                        .filter(Files::isDirectory)
                        .toList()) {
                    try (Stream<Path> files = Files.walk(main)) {
                        files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
                    }
                }
            }
        }
        return sources;
    }
}
