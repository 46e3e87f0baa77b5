package io.millrace.systemtests.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.HTTPIngressPath;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.millrace.testkit.network.TestAuthority;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The files of {@code k8s/base}, held against Kubernetes, each other and the program that they start. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("KubernetesFilesTest")
class KubernetesFilesTest {
    private static final Path ROOT = Path.of(System.getProperty("millrace.root"));
    private static final Path BASE = ROOT.resolve("k8s/base");
    private static final Set<String> NO_STAGES = Set.of("launcher", "services", "system-tests", "benchmarks");

    /** Reads them all; a property that Kubernetes doesn't know fails here. */
    private final KubernetesFiles files = new KubernetesFiles(BASE);

    KubernetesFilesTest() throws IOException {}

    @Test
    void everyFileIsNamedInTheKustomization() throws IOException {
        try (Stream<Path> there = Files.list(BASE)) {
            assertEquals(
                    there.map(file -> file.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new)),
                    files.namedFiles());
        }
    }

    @Test
    void everyObjectIsOneThatKubernetesKnows() {
        assertEquals(files.resources().size(), names(files.resources()).size(), "two objects of one name");
    }

    @Test
    void everyStageHasADeploymentThatRunsItAlone() throws IOException {
        Map<String, List<String>> arguments = new TreeMap<>();
        for (Deployment deployment : files.deployments()) {
            Map<String, String> labels = files.podLabels(deployment);
            String stage = labels.get("app.kubernetes.io/component");
            assertEquals("millrace-" + stage, name(deployment));
            assertTrue(
                    covers(labels, deployment.getSpec().getSelector().getMatchLabels()),
                    stage + " doesn't select its own pods");
            arguments.put(stage, KubernetesFiles.container(deployment).getArgs());
        }
        Map<String, List<String>> wanted = new TreeMap<>();
        for (String stage : stages()) {
            wanted.put(stage, List.of("run", "--stages", stage));
        }
        assertEquals(wanted, arguments);
    }

    @Test
    void aStagesServiceSelectsThatStageAndTheClustersServiceEveryPod() {
        for (Service service : files.all(Service.class)) {
            Set<String> selected = files.deployments().stream()
                    .filter(deployment -> covers(
                            files.podLabels(deployment), service.getSpec().getSelector()))
                    .map(KubernetesFilesTest::name)
                    .collect(Collectors.toSet());
            if (name(service).equals("millrace-cluster")) {
                assertEquals(files.deployments().size(), selected.size());
                assertEquals("None", service.getSpec().getClusterIP());
                assertTrue(service.getSpec().getPublishNotReadyAddresses(), "starting pods must find each other");
            } else {
                assertEquals(Set.of(name(service)), selected);
            }
            for (ServicePort port : service.getSpec().getPorts()) {
                assertTrue(files.containerPorts().contains(port.getTargetPort().getStrVal()), port.toString());
            }
        }
    }

    @Test
    void theClusterIsLookedForAtTheClustersService() throws IOException {
        Set<String> services =
                files.all(Service.class).stream().map(KubernetesFilesTest::name).collect(Collectors.toSet());
        assertTrue(services.contains(files.sharedSettings().get("MILLRACE_CLUSTER_DNS")));
    }

    @Test
    void everyPathOfTheIngressLeadsToAPortOfAService() {
        Map<String, Set<String>> ports = new HashMap<>();
        for (Service service : files.all(Service.class)) {
            ports.put(
                    name(service),
                    service.getSpec().getPorts().stream()
                            .map(ServicePort::getName)
                            .collect(Collectors.toSet()));
        }
        for (HTTPIngressPath path : files.all(Ingress.class).stream()
                .flatMap(KubernetesFilesTest::paths)
                .toList()) {
            var backend = path.getBackend().getService();
            assertTrue(
                    ports.getOrDefault(backend.getName(), Set.of())
                            .contains(backend.getPort().getName()),
                    path.getPath());
        }
    }

    @Test
    void theRequestsOfASockJsSessionGoToOnePod() {
        Ingress pinned = files.all(Ingress.class).stream()
                .filter(ingress ->
                        paths(ingress).anyMatch(path -> path.getPath().equals("/eventbus")))
                .findFirst()
                .orElseThrow();
        assertEquals("cookie", pinned.getMetadata().getAnnotations().get("nginx.ingress.kubernetes.io/affinity"));
        assertEquals(1, paths(pinned).count(), "nothing else is pinned");
    }

    private static Stream<HTTPIngressPath> paths(Ingress ingress) {
        return ingress.getSpec().getRules().stream().flatMap(rule -> rule.getHttp().getPaths().stream());
    }

    @Test
    void aSecretIsAFileThatThePodMounts() {
        for (Deployment deployment : files.deployments()) {
            Set<String> told = files.environment(deployment).entrySet().stream()
                    .filter(variable -> isFile(variable.getKey()))
                    .map(Map.Entry::getValue)
                    .collect(Collectors.toSet());
            assertFalse(told.isEmpty(), name(deployment) + " has no key to check tokens with");
            assertEquals(files.secretFiles(deployment), told, name(deployment));
        }
    }

    @Test
    void theProgramAcceptsTheSettingsThatPodsAreGiven(@TempDir Path folder) throws Exception {
        Map<String, String> settings = files.sharedSettings();
        files.deployments().forEach(deployment -> settings.putAll(files.environment(deployment)));
        for (HasMetadata pod : new KubernetesOverlay(ROOT.resolve("k8s/components/deletion-cost")).read("pod.yaml")) {
            settings.putAll(files.environment((Deployment) pod));
        }
        Path secret = Files.writeString(folder.resolve("secret"), "no secret, but as long as one has to be");
        new TestAuthority(folder).issue("tls");
        settings.replaceAll((variable, value) -> variable.endsWith("_FILE")
                ? secret.toString()
                : isFile(variable)
                        ? folder.resolve(Path.of(value).getFileName()).toString()
                        : value);

        ProcessBuilder check = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "io.millrace.launcher.Main",
                "check-config",
                "--conf",
                ROOT.resolve("conf").toString());
        check.environment().keySet().removeIf(variable -> variable.startsWith("MILLRACE_"));
        check.environment().putAll(settings);
        Process checking = check.redirectErrorStream(true).start();
        String said = new String(checking.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, checking.waitFor(), said);
    }

    private static boolean isFile(String variable) {
        return variable.endsWith("_FILE") || variable.contains("_TLS_");
    }

    @Test
    void thePortsBetweenPodsAreReachedByPodsAlone() {
        NetworkPolicy policy = files.all(NetworkPolicy.class).get(0);
        for (Deployment deployment : files.deployments()) {
            assertTrue(covers(
                    files.podLabels(deployment),
                    policy.getSpec().getPodSelector().getMatchLabels()));
        }
        Set<String> forAll = policy.getSpec().getIngress().stream()
                .filter(rule -> rule.getFrom().isEmpty())
                .flatMap(rule -> rule.getPorts().stream())
                .map(port -> port.getPort().getStrVal())
                .collect(Collectors.toSet());
        assertEquals(Set.of("http", "management"), forAll);
    }

    /** The modules of {@code verticles/} that are stages. */
    private static Set<String> stages() throws IOException {
        try (Stream<Path> modules = Files.list(ROOT.resolve("verticles"))) {
            return modules.filter(module -> Files.exists(module.resolve("pom.xml")))
                    .map(module -> module.getFileName().toString())
                    .filter(module -> !NO_STAGES.contains(module))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static boolean covers(Map<String, String> labels, Map<String, String> selector) {
        return labels.entrySet().containsAll(selector.entrySet());
    }

    private static String name(HasMetadata object) {
        return object.getMetadata().getName();
    }

    static Set<String> names(List<HasMetadata> objects) {
        return objects.stream()
                .map(object -> object.getKind() + " " + name(object))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
