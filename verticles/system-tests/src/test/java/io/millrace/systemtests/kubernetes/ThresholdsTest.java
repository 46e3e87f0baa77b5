package io.millrace.systemtests.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The thresholds of the autoscalers are those that decision 036 derives from measurements. */
@Execution(ExecutionMode.CONCURRENT)
final class ThresholdsTest {
    private static final Path ROOT = Path.of(System.getProperty("millrace.root"));
    private static final Path DECISION = ROOT.resolve("shared/decisions/036-where-the-autoscalers-add-pods.md");
    private static final Pattern ROW = Pattern.compile("\\| `(millrace-[a-z]+)` \\| `([a-z-]+)` \\| ([0-9.]+) \\|.*");

    @Test
    void everyThresholdIsTheOneThatWasDerived() throws IOException {
        Map<String, String> derived = new TreeMap<>();
        try (Stream<String> lines = Files.lines(DECISION)) {
            lines.map(ROW::matcher)
                    .filter(Matcher::matches)
                    .forEach(row -> derived.put(row.group(1) + " " + row.group(2), row.group(3)));
        }

        assertTrue(derived.size() > 10, derived::toString);
        assertEquals(derived, configured());
    }

    /** Of two objects of one name, one with and one without KEDA, both. */
    private static Map<String, String> configured() throws IOException {
        Map<String, String> thresholds = new TreeMap<>();
        overlay("overlays/production")
                .added(HorizontalPodAutoscaler.class)
                .forEach(scaler -> scaler.getSpec().getMetrics().stream()
                        .map(MetricSpec::getResource)
                        .forEach(metric -> add(
                                thresholds,
                                scaler.getMetadata().getName() + " " + metric.getName(),
                                metric.getTarget().getAverageUtilization().toString())));
        overlay("components/keda").added(ScaledObject.class).forEach(scaled -> scaled.spec()
                .triggers()
                .forEach(trigger -> add(
                        thresholds,
                        scaled.getMetadata().getName() + " "
                                + (trigger.name() == null ? trigger.type() : trigger.name()),
                        threshold(trigger.metadata()))));
        return thresholds;
    }

    private static void add(Map<String, String> thresholds, String name, String value) {
        thresholds.merge(name, value, (one, other) -> one.equals(other) ? one : one + " and " + other);
    }

    private static String threshold(Map<String, String> trigger) {
        return Stream.of("threshold", "lagThreshold", "value")
                .filter(trigger::containsKey)
                .map(trigger::get)
                .findFirst()
                .orElseThrow();
    }

    private static KubernetesOverlay overlay(String folder) throws IOException {
        return new KubernetesOverlay(ROOT.resolve("k8s").resolve(folder));
    }
}
