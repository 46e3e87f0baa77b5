package io.millrace.systemtests.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicy;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.api.model.rbac.Subject;
import io.millrace.contracts.bus.Topics;
import io.millrace.launcher.kubernetes.PodDeletionCost;
import io.millrace.queue.kafka.KafkaClientConfig;
import io.millrace.systemtests.kubernetes.KubernetesFiles.Kustomization;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The overlays and components of {@code k8s/}, held against Kubernetes, the base, each other and the program. */
@Execution(ExecutionMode.CONCURRENT)
class KubernetesOverlaysTest {
    private static final Path ROOT = Path.of(System.getProperty("millrace.root"));
    private static final Path K8S = ROOT.resolve("k8s");
    private static final String COMPONENT = "app.kubernetes.io/component";

    private final KubernetesFiles base = new KubernetesFiles(K8S.resolve("base"));
    private final KubernetesOverlay production = overlay("overlays/production");
    private final KubernetesOverlay development = overlay("overlays/development");
    private final KubernetesOverlay keda = overlay("components/keda");

    KubernetesOverlaysTest() throws IOException {}

    private static KubernetesOverlay overlay(String folder) throws IOException {
        return new KubernetesOverlay(K8S.resolve(folder));
    }

    /** Reading them has failed already if Kubernetes doesn't know a property. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "overlays/production",
                "overlays/production-keda",
                "overlays/development",
                "components/keda",
                "components/deletion-cost"
            })
    void everyFileIsUsedAndNoObjectIsThereTwice(String folder) throws IOException {
        KubernetesOverlay overlay = overlay(folder);
        assertEquals(Set.of(), overlay.strayFiles());
        assertEquals(
                overlay.all().size(),
                overlay.all().stream()
                        .map(object -> object.getKind() + name(object))
                        .distinct()
                        .count());
    }

    @Test
    void everyPatchMeetsAnObject() throws IOException {
        List<HasMetadata> there = overlay("overlays/production-keda").all();
        for (KubernetesOverlay overlay : List.of(production, development, keda, overlay("components/deletion-cost"))) {
            for (Kustomization.Patch patch : overlay.kustomization().patches()) {
                Pattern name = Pattern.compile(
                        patch.target().name() == null ? ".*" : patch.target().name());
                Set<String> met = there.stream()
                        .filter(object -> object.getKind().equals(patch.target().kind()))
                        .map(KubernetesOverlaysTest::name)
                        .filter(name.asMatchPredicate())
                        .collect(Collectors.toSet());
                assertFalse(met.isEmpty(), patch.toString());
            }
        }
    }

    @Test
    void everyStageHasABudgetThatSelectsItsPodsAlone() {
        Map<String, Set<String>> selected = new TreeMap<>();
        for (PodDisruptionBudget budget : production.added(PodDisruptionBudget.class)) {
            selected.put(name(budget), selectedBy(budget.getSpec().getSelector().getMatchLabels()));
            assertEquals(1, budget.getSpec().getMaxUnavailable().getIntVal());
        }
        assertEquals(
                base.deployments().stream()
                        .collect(Collectors.toMap(KubernetesOverlaysTest::name, stage -> Set.of(name(stage)))),
                selected);
    }

    @Test
    void everyStageIsScaledByOneAutoscalerOrTheReadmeSaysThatItsNumberIsFixed() throws IOException {
        Set<String> byCpu = autoscaled(production.added(HorizontalPodAutoscaler.class));
        Set<String> byKeda = keda.added(ScaledObject.class).stream()
                .map(scaled -> scaled.spec().scaleTargetRef().name())
                .collect(Collectors.toCollection(TreeSet::new));
        Pattern removed = target(keda, "HorizontalPodAutoscaler");
        Pattern withoutReplicas = target(production, "Deployment");
        String readme = Files.readString(K8S.resolve("README.md"));
        for (Deployment stage : base.deployments()) {
            String name = name(stage);
            assertEquals(
                    byCpu.contains(name) && byKeda.contains(name),
                    removed.matcher(name).matches(),
                    name + " has two autoscalers with KEDA, or none");
            assertEquals(byCpu.contains(name), withoutReplicas.matcher(name).matches(), name + " and its replicas");
            String row = "(?m)^\\| `" + name.substring("millrace-".length()) + "` \\|.*\\| "
                    + (byCpu.contains(name) ? "CPU" : "fixed") + ".* \\|.*"
                    + (byKeda.contains(name) ? "" : "(the same|fixed)") + ".* \\|.* \\|$";
            assertTrue(Pattern.compile(row).matcher(readme).find(), readme + " has no row " + row);
        }
    }

    private static Set<String> autoscaled(List<HorizontalPodAutoscaler> autoscalers) {
        for (HorizontalPodAutoscaler autoscaler : autoscalers) {
            assertEquals(
                    name(autoscaler), autoscaler.getSpec().getScaleTargetRef().getName());
            assertEquals("Deployment", autoscaler.getSpec().getScaleTargetRef().getKind());
            assertTrue(autoscaler.getSpec().getMinReplicas() >= 2, "one pod is none while it restarts");
            assertTrue(
                    autoscaler.getSpec().getMaxReplicas() > autoscaler.getSpec().getMinReplicas());
        }
        return autoscalers.stream().map(KubernetesOverlaysTest::name).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Pattern target(KubernetesOverlay overlay, String kind) {
        return overlay.kustomization().patches().stream()
                .map(Kustomization.Patch::target)
                .filter(target -> target.kind().equals(kind) && target.name() != null)
                .map(target -> Pattern.compile(target.name()))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theQueueIsScaledByItsOwnTopicUpToItsPartitions() throws IOException {
        ScaledObject queue = keda.added(ScaledObject.class).stream()
                .filter(scaled -> name(scaled).equals("millrace-queue"))
                .findFirst()
                .orElseThrow();
        Map<String, String> kafka = queue.spec().triggers().get(0).metadata();
        assertEquals(Topics.EVENTS, kafka.get("topic"));
        assertEquals(KafkaClientConfig.EVENTS_GROUP, kafka.get("consumerGroup"));
        assertTrue(base.sharedSettings().containsKey(kafka.get("bootstrapServersFromEnv")));
        String settings = Files.readString(ROOT.resolve("conf/millrace.yaml"));
        assertTrue(
                Pattern.compile("partitions: " + queue.spec().maxReplicaCount() + " ")
                        .matcher(settings)
                        .find(),
                "queue.partitions is another number");
    }

    @Test
    void aPolicyNamesPortsOfThePodsOrOfTheBackingServices() throws IOException {
        Map<String, String> settings = base.sharedSettings();
        Set<Integer> wanted = Stream.of("MILLRACE_POSTGRES_URI", "MILLRACE_REDIS_URI", "MILLRACE_KAFKA_BOOTSTRAP")
                .map(settings::get)
                .map(address -> URI.create(address.contains("//") ? address : "//" + address))
                .map(URI::getPort)
                .collect(Collectors.toCollection(TreeSet::new));
        wanted.addAll(List.of(
                53, base.namedPorts().get("hazelcast"), base.namedPorts().get("event-bus")));
        Set<Integer> left = new TreeSet<>();
        for (NetworkPolicy policy : policies()) {
            policy.getSpec().getIngress().stream()
                    .flatMap(rule -> rule.getPorts().stream())
                    .forEach(port -> assertTrue(
                            base.containerPorts().contains(port.getPort().getStrVal()), port.toString()));
            policy.getSpec().getEgress().stream()
                    .flatMap(rule -> rule.getPorts().stream())
                    .map(NetworkPolicyPort::getPort)
                    .forEach(port -> left.add(port.getIntVal()));
        }
        assertEquals(wanted, left);
        for (String port : List.of("hazelcast", "event-bus")) {
            assertTrue(
                    policies().stream()
                            .flatMap(policy -> policy.getSpec().getIngress().stream())
                            .filter(rule -> rule.getPorts().stream()
                                    .anyMatch(open -> open.getPort().getStrVal().equals(port)))
                            .allMatch(rule -> rule.getFrom().size() == 1
                                    && Map.of("app.kubernetes.io/part-of", "millrace")
                                            .equals(rule.getFrom()
                                                    .get(0)
                                                    .getPodSelector()
                                                    .getMatchLabels())),
                    "others than Millrace's pods reach " + port);
        }
    }

    /** Of production, with the base's own as the patch leaves it. */
    private List<NetworkPolicy> policies() throws IOException {
        return Stream.concat(
                        production.added(NetworkPolicy.class).stream(),
                        production.read("network-between-pods.yaml").stream().map(NetworkPolicy.class::cast))
                .toList();
    }

    @Test
    void theStagesThatAreGivenThePasswordReachPostgreSqlAndTheOnesWithAServiceAreReached() throws IOException {
        Set<String> given = base.deployments().stream()
                .filter(stage -> base.environment(stage).containsKey("MILLRACE_POSTGRES_PASSWORD_FILE"))
                .map(KubernetesOverlaysTest::name)
                .collect(Collectors.toSet());
        Set<String> served = base.all(Service.class).stream()
                .map(KubernetesOverlaysTest::name)
                .filter(name -> !name.equals("millrace-cluster"))
                .collect(Collectors.toSet());
        assertEquals(
                given, stages(policy(production, "millrace-postgres").getSpec().getPodSelector()));
        assertEquals(
                served, stages(policy(production, "millrace-http").getSpec().getPodSelector()));
        for (String backing : List.of("postgres", "kafka")) {
            NetworkPolicy there = policy(development, backing);
            var peers = there.getSpec().getIngress().get(0).getFrom();
            assertEquals(
                    stages(policy(production, "millrace-" + backing).getSpec().getPodSelector()),
                    stages(peers.get(peers.size() - 1).getPodSelector()),
                    backing);
        }
    }

    private static NetworkPolicy policy(KubernetesOverlay overlay, String name) {
        return overlay.added(NetworkPolicy.class).stream()
                .filter(policy -> name(policy).equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static Set<String> stages(LabelSelector selector) {
        assertEquals(COMPONENT, selector.getMatchExpressions().get(0).getKey());
        return selector.getMatchExpressions().get(0).getValues().stream()
                .map(stage -> "millrace-" + stage)
                .collect(Collectors.toSet());
    }

    @Test
    void everyPodOfTheBackingServicesIsOneThatARestrictedNamespaceTakes() {
        for (StatefulSet set : development.added(StatefulSet.class)) {
            KubectlTest.assertRestricted(name(set), set.getSpec().getTemplate());
        }
    }

    @Test
    void aPodOfBroadcastMayPatchPodsAndNothingElseAndThePolicyIsForIt() throws IOException {
        KubernetesOverlay cost = overlay("components/deletion-cost");
        List<PolicyRule> rules = cost.added(Role.class).get(0).getRules();
        assertEquals(1, rules.size());
        assertEquals(List.of(""), rules.get(0).getApiGroups());
        assertEquals(List.of("pods"), rules.get(0).getResources());
        assertEquals(List.of("patch"), rules.get(0).getVerbs());
        RoleBinding binding = cost.added(RoleBinding.class).get(0);
        assertEquals(name(cost.added(Role.class).get(0)), binding.getRoleRef().getName());
        Subject bound = binding.getSubjects().get(0);
        ServiceAccount account = cost.added(ServiceAccount.class).get(0);
        assertEquals(name(account), bound.getName());
        assertEquals(account.getMetadata().getNamespace(), bound.getNamespace());
        assertEquals(
                "request.userInfo.username == \"system:serviceaccount:" + bound.getNamespace() + ":" + bound.getName()
                        + "\"",
                cost.added(ValidatingAdmissionPolicy.class)
                        .get(0)
                        .getSpec()
                        .getMatchConditions()
                        .get(0)
                        .getExpression());
        assertTrue(Files.readString(K8S.resolve("components/deletion-cost/policy.yaml"))
                .contains("name == \"" + PodDeletionCost.ANNOTATION + "\""));
    }

    private Set<String> selectedBy(Map<String, String> selector) {
        return base.deployments().stream()
                .filter(stage -> base.podLabels(stage).entrySet().containsAll(selector.entrySet()))
                .map(KubernetesOverlaysTest::name)
                .collect(Collectors.toSet());
    }

    private static String name(HasMetadata object) {
        return object.getMetadata().getName();
    }
}
