package io.millrace.systemtests.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.process.Pipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What the files of {@code k8s/} expect of the program, asked of the one that runs. */
public interface OperationContract {
    Path K8S = Path.of(System.getProperty("millrace.root")).resolve("k8s");
    Pattern METRIC = Pattern.compile("millrace_\\w+");

    Pipeline pipeline();

    /** Made with a first message, connection or certificate, or of kinds of sources and sinks that the pipeline has none of. */
    Pattern LATER = Pattern.compile("millrace_sink_\\w+|millrace_source_(messages|events|failures)_total"
            + "|millrace_source_(lag_\\w+|age_seconds)|millrace_broadcast_connections_by_role"
            + "|millrace_node_certificate_expiry_seconds");

    @Test
    default void everyMetricThatAnAutoscalerAsksForIsServed() throws IOException {
        Set<String> asked = new TreeSet<>();
        for (ScaledObject scaled : new KubernetesOverlay(K8S.resolve("components/keda")).added(ScaledObject.class)) {
            scaled.spec().triggers().stream()
                    .filter(trigger -> trigger.type().equals("prometheus"))
                    .flatMap(trigger ->
                            METRIC.matcher(trigger.metadata().get("query")).results())
                    .forEach(metric -> asked.add(metric.group()));
        }
        assertFalse(asked.isEmpty());
        assertServed(asked);
    }

    @Test
    default void everyMetricOfTheRulesAndDashboardsIsServed() throws IOException {
        List<Path> files = new ArrayList<>(MonitoringFilesTest.dashboards());
        files.add(MonitoringFilesTest.FOLDER.resolve("rules.yaml"));
        Set<String> asked = new TreeSet<>();
        for (Path file : files) {
            METRIC.matcher(Files.readString(file)).results().forEach(metric -> asked.add(metric.group()));
        }
        assertTrue(asked.size() > 50, asked::toString);
        Set<String> later = new TreeSet<>(asked);
        later.removeIf(metric -> !LATER.matcher(metric).matches());
        asked.removeAll(later);
        assertServed(asked);
        // The modules' READMEs name what there is, or DocumentationTest fails.
        StringBuilder documented = new StringBuilder();
        for (String module : List.of("sources", "sinks", "broadcast", "launcher")) {
            documented.append(Files.readString(K8S.resolveSibling("verticles/" + module + "/README.md")));
        }
        later.removeIf(metric -> documented.indexOf("`" + metric) >= 0);
        assertEquals(Set.of(), later);
    }

    private void assertServed(Set<String> asked) {
        String served = pipeline().processes().stream()
                .map(process -> new ApiClient(process.managementUri("/"), null)
                        .get("/metrics")
                        .body())
                .collect(Collectors.joining("\n"));
        Set<String> missing = new TreeSet<>(asked);
        missing.removeIf(metric -> served.lines().anyMatch(line -> line.matches(metric + "[{ ].*")));
        assertEquals(Set.of(), missing);
    }

    @Test
    default void everyPathOfTheIngressIsOneThatTheProgramServes() throws IOException {
        ApiClient anybody = new ApiClient(pipeline().front().uri("/"), null);
        Set<String> paths =
                anybody.get("/docs/openapi.json").json().getJsonObject("paths").fieldNames();
        for (Ingress ingress : new KubernetesFiles(K8S.resolve("base")).all(Ingress.class)) {
            for (var path : ingress.getSpec().getRules().get(0).getHttp().getPaths()) {
                String offered = path.getPath();
                boolean exists = path.getPathType().equals("Exact")
                        ? paths.contains(offered)
                        : paths.stream().anyMatch(known -> known.equals(offered) || known.startsWith(offered + "/"));
                assertTrue(exists || offered.equals("/"), offered + " leads to nothing");
            }
        }
        assertEquals(200, anybody.get("/").status());
    }
}
