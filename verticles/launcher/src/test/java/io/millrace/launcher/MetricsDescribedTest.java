package io.millrace.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.platform.MetricHelp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every metric that a source names whole has its line in metrics.properties, or the build fails. */
class MetricsDescribedTest {
    private static final Path ROOT = Path.of(System.getProperty("millrace.root", "../.."));
    private static final Pattern MADE = Pattern.compile(
            "(?:counter|gauge|timer|summary|builder)\\(\\s*\"(millrace\\.[a-z.]+)\"(?!\\)\\s*\\.description\\()");

    @Test
    void everyMetricSaysWhatItIs() throws IOException {
        MetricHelp help = new MetricHelp();
        TreeSet<String> made = new TreeSet<>();
        for (Path source : sources()) {
            Matcher found = MADE.matcher(Files.readString(source));
            while (found.find()) {
                made.add(found.group(1));
            }
        }
        assertTrue(made.size() > 30, made::toString);
        assertEquals(
                List.of(), made.stream().filter(name -> help.of(name) == null).toList());
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> file.toString().contains("/src/main/"))
                    .toList();
        }
    }
}
