package io.millrace.systemtests.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code kubectl kustomize} makes of the folders of {@code k8s/}, where there is one. */
@Execution(ExecutionMode.CONCURRENT)
class KubectlTest {
    private static final Path K8S =
            Path.of(System.getProperty("millrace.root")).resolve("k8s").toAbsolutePath();

    @BeforeAll
    static void find() {
        assumeTrue(
                Stream.of(System.getenv("PATH").split(":"))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "kubectl"))),
                "there is no kubectl on the PATH: what it makes of k8s/ is not tested");
    }

    @ParameterizedTest
    @ValueSource(strings = {"base", "overlays/production", "overlays/production-keda", "overlays/development"})
    void itMakesTheObjectsThatTheFilesHold(String folder) throws Exception {
        List<HasMetadata> made = new ArrayList<>(made(K8S.resolve(folder)));
        assertTrue(made.removeIf(ConfigMap.class::isInstance), "the settings");
        List<HasMetadata> written = new ArrayList<>(new KubernetesOverlay(K8S.resolve(folder)).all());
        Set<String> scaledByKeda = written.stream()
                .filter(ScaledObject.class::isInstance)
                .map(KubectlTest::name)
                .collect(Collectors.toSet());
        // The component takes their autoscalers away.
        written.removeIf(object -> object instanceof HorizontalPodAutoscaler && scaledByKeda.contains(name(object)));
        assertEquals(KubernetesFilesTest.names(written), KubernetesFilesTest.names(made));
    }

    @ParameterizedTest
    @ValueSource(strings = {"overlays/production", "overlays/production-keda", "overlays/development"})
    void whatIsAppliedFitsTogether(String folder) throws Exception {
        assertFits(made(K8S.resolve(folder)));
    }

    @Test
    void withTheComponentPodsOfBroadcastAloneHaveATokenAndKnowTheirName(@TempDir Path folder) throws Exception {
        Path overlay = folder.toRealPath();
        Files.writeString(
                overlay.resolve("kustomization.yaml"),
                "resources: ["
                        + overlay.relativize(
                                K8S.resolve("overlays/production-keda").toRealPath())
                        + "]\ncomponents: ["
                        + overlay.relativize(
                                K8S.resolve("components/deletion-cost").toRealPath()) + "]\n");
        List<HasMetadata> made = made(overlay);
        assertFits(made);
        for (Deployment deployment : all(made, Deployment.class)) {
            boolean broadcast = name(deployment).equals("millrace-broadcast");
            var pod = deployment.getSpec().getTemplate().getSpec();
            assertEquals(broadcast, pod.getAutomountServiceAccountToken(), name(deployment));
            assertEquals(broadcast ? name(deployment) : null, pod.getServiceAccountName());
            List<String> names = pod.getContainers().get(0).getEnv().stream()
                    .filter(variable -> variable.getName().equals("MILLRACE_KUBERNETES_POD"))
                    .map(EnvVar::getValueFrom)
                    .map(from -> from.getFieldRef().getFieldPath())
                    .toList();
            assertEquals(broadcast ? List.of("metadata.name") : List.of(), names, name(deployment));
        }
    }

    /** Everything is of one namespace, selects pods that are there, and every pod is one that the namespace takes. */
    private static void assertFits(List<HasMetadata> made) {
        Set<String> settings =
                all(made, ConfigMap.class).stream().map(KubectlTest::name).collect(Collectors.toSet());
        Set<String> scaled = new HashSet<>();
        for (HasMetadata object : made) {
            boolean ofTheCluster =
                    object instanceof Namespace || object.getKind().startsWith("ValidatingAdmissionPolicy");
            assertEquals(
                    ofTheCluster ? null : "millrace",
                    object.getMetadata().getNamespace(),
                    object.getKind() + " " + name(object));
            if (object instanceof HorizontalPodAutoscaler || object instanceof ScaledObject) {
                assertTrue(scaled.add(name(object)), name(object) + " is scaled twice");
            }
        }
        for (Deployment deployment : all(made, Deployment.class)) {
            assertRestricted(name(deployment), deployment.getSpec().getTemplate());
            assertEquals(
                    scaled.contains(name(deployment)),
                    deployment.getSpec().getReplicas() == null,
                    name(deployment) + " and its replicas");
            deployment
                    .getSpec()
                    .getTemplate()
                    .getSpec()
                    .getContainers()
                    .get(0)
                    .getEnvFrom()
                    .forEach(from ->
                            assertTrue(settings.contains(from.getConfigMapRef().getName()), from::toString));
        }
        all(made, StatefulSet.class)
                .forEach(set -> assertRestricted(name(set), set.getSpec().getTemplate()));
        assertSelectorsMeetPods(made);
    }

    private static void assertSelectorsMeetPods(List<HasMetadata> made) {
        List<Map<String, String>> pods = Stream.concat(
                        all(made, Deployment.class).stream()
                                .map(deployment -> deployment.getSpec().getTemplate()),
                        all(made, StatefulSet.class).stream()
                                .map(set -> set.getSpec().getTemplate()))
                .map(pod -> pod.getMetadata().getLabels())
                .toList();
        Set<String> blind = new TreeSet<>();
        all(made, Service.class).stream()
                .filter(service -> pods.stream().noneMatch(labels -> labels.entrySet()
                        .containsAll(service.getSpec().getSelector().entrySet())))
                .forEach(service -> blind.add("Service " + name(service)));
        all(made, PodDisruptionBudget.class).stream()
                .filter(budget -> !meets(budget.getSpec().getSelector(), pods))
                .forEach(budget -> blind.add("PodDisruptionBudget " + name(budget)));
        for (NetworkPolicy policy : all(made, NetworkPolicy.class)) {
            Stream.concat(
                            policy.getSpec().getIngress().stream().flatMap(rule -> rule.getFrom().stream()),
                            policy.getSpec().getEgress().stream().flatMap(rule -> rule.getTo().stream()))
                    .filter(peer -> peer.getNamespaceSelector() == null && peer.getPodSelector() != null)
                    .filter(peer -> !meets(peer.getPodSelector(), pods))
                    .forEach(peer -> blind.add("NetworkPolicy " + name(policy) + " " + peer));
            if (!meets(policy.getSpec().getPodSelector(), pods)) {
                blind.add("NetworkPolicy " + name(policy));
            }
        }
        assertEquals(Set.of(), blind, "what selects no pod");
    }

    private static boolean meets(LabelSelector selector, List<Map<String, String>> pods) {
        return pods.stream()
                .anyMatch(labels ->
                        labels.entrySet().containsAll(selector.getMatchLabels().entrySet())
                                && selector.getMatchExpressions().stream()
                                        .allMatch(one -> one.getOperator().equals("In")
                                                && one.getValues().contains(labels.get(one.getKey()))));
    }

    private static List<HasMetadata> made(Path folder) throws IOException, InterruptedException {
        Process render = new ProcessBuilder("kubectl", "kustomize", folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String yaml = new String(render.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, render.waitFor());
        return KubernetesFiles.read(yaml, "kubectl kustomize");
    }

    /** The Pod Security Standard {@code restricted}. */
    static void assertRestricted(String name, PodTemplateSpec pod) {
        var all = pod.getSpec().getSecurityContext();
        assertTrue(all.getRunAsNonRoot(), name);
        assertEquals("RuntimeDefault", all.getSeccompProfile().getType(), name);
        assertTrue(
                pod.getSpec().getVolumes().stream().allMatch(volume -> volume.getHostPath() == null),
                name + " has a folder of its host");
        pod.getSpec().getContainers().forEach(container -> {
            assertFalse(container.getSecurityContext().getAllowPrivilegeEscalation(), name);
            assertEquals(
                    List.of("ALL"),
                    container.getSecurityContext().getCapabilities().getDrop(),
                    name);
            assertFalse(container.getResources().getRequests().isEmpty(), name);
            assertTrue(container.getResources().getLimits().containsKey("memory"), name);
        });
    }

    private static <T extends HasMetadata> List<T> all(List<HasMetadata> objects, Class<T> kind) {
        return objects.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    private static String name(HasMetadata object) {
        return object.getMetadata().getName();
    }
}
