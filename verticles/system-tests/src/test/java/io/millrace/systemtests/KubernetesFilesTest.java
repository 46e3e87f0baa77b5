package io.millrace.systemtests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.HTTPIngressPath;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

/** The files of {@code k8s/base}, read as strictly as a cluster would and held against the program that they start. */
class KubernetesFilesTest {
    private static final Path ROOT = Path.of(System.getProperty("millrace.root"));
    private static final Path BASE = ROOT.resolve("k8s/base");
    private static final Set<String> NO_STAGES = Set.of("launcher", "system-tests", "benchmarks");
    private static final Map<String, Class<? extends HasMetadata>> KINDS = Map.of(
            "apps/v1 Deployment", Deployment.class,
            "v1 Service", Service.class,
            "v1 ConfigMap", ConfigMap.class,
            "networking.k8s.io/v1 Ingress", Ingress.class);

    /** Fabric8's models keep what they don't know for later; here it is a mistake. */
    private static final ObjectMapper STRICT = YAMLMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .annotationIntrospector(new JacksonAnnotationIntrospector() {
                @Override
                public Boolean hasAnySetter(Annotated member) {
                    return false;
                }
            })
            .build();

    /** What a kustomization of ours may hold. */
    record Kustomization(
            String apiVersion,
            String kind,
            List<String> resources,
            List<Patch> patches,
            List<Labels> labels,
            List<Generator> configMapGenerator,
            List<Image> images) {
        record Patch(String path, Target target) {}

        record Target(String kind) {}

        record Labels(Map<String, String> pairs, boolean includeSelectors) {}

        record Generator(String name, List<String> envs) {}

        record Image(String name, String newTag) {}
    }

    private final Kustomization kustomization =
            STRICT.readValue(BASE.resolve("kustomization.yaml").toFile(), Kustomization.class);
    private final Deployment common = (Deployment)
            read(Files.readString(BASE.resolve("pod.yaml")), "pod.yaml").get(0);
    private final List<HasMetadata> resources = new ArrayList<>();

    KubernetesFilesTest() throws IOException {
        for (String file : kustomization.resources()) {
            resources.addAll(read(Files.readString(BASE.resolve(file)), file));
        }
    }

    @Test
    void everyFileIsNamedInTheKustomization() throws IOException {
        Set<String> named = new TreeSet<>(kustomization.resources());
        named.add("kustomization.yaml");
        kustomization.patches().forEach(patch -> named.add(patch.path()));
        kustomization.configMapGenerator().forEach(generator -> named.addAll(generator.envs()));
        try (Stream<Path> there = Files.list(BASE)) {
            assertEquals(
                    there.map(file -> file.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new)),
                    named);
        }
    }

    @Test
    void noObjectHoldsAPropertyThatKubernetesDoesNotKnow() throws Exception {
        // The files themselves were read so before this method began.
        Set<String> written = names(resources);
        Path kubectl = onThePath("kubectl");
        if (kubectl != null) {
            Process render = new ProcessBuilder(kubectl.toString(), "kustomize", BASE.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String rendered = new String(render.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, render.waitFor());
            List<HasMetadata> objects = new ArrayList<>(read(rendered, "kubectl kustomize"));
            objects.removeIf(ConfigMap.class::isInstance);
            assertEquals(written, names(objects));
        }
        assertEquals(resources.size(), written.size(), "two objects of one name");
    }

    @Test
    void everyStageHasADeploymentThatRunsItAlone() throws IOException {
        Map<String, List<String>> arguments = new TreeMap<>();
        Map<String, List<String>> wanted = new TreeMap<>();
        for (Deployment deployment : all(Deployment.class)) {
            String component = podLabels(deployment).get("app.kubernetes.io/component");
            assertEquals("millrace-" + component, deployment.getMetadata().getName());
            assertTrue(
                    podLabels(deployment)
                            .entrySet()
                            .containsAll(
                                    deployment.getSpec().getSelector().getMatchLabels().entrySet()),
                    component + " doesn't select its own pods");
            arguments.put(component, container(deployment).getArgs());
        }
        for (String stage : stages()) {
            wanted.put(stage, List.of("run", "--stages", stage));
        }
        assertEquals(wanted, arguments);
    }

    @Test
    void aServiceOfAStageSelectsThatStageAndTheClusterServiceEveryPod() {
        for (Service service : all(Service.class)) {
            String name = service.getMetadata().getName();
            Set<String> selected = all(Deployment.class).stream()
                    .filter(deployment -> podLabels(deployment)
                            .entrySet()
                            .containsAll(service.getSpec().getSelector().entrySet()))
                    .map(deployment -> deployment.getMetadata().getName())
                    .collect(Collectors.toSet());
            boolean cluster = name.equals("millrace-cluster");
            assertEquals(cluster ? names(all(Deployment.class)) : Set.of(name), selected, name);
            for (ServicePort port : service.getSpec().getPorts()) {
                assertTrue(containerPorts().contains(port.getTargetPort().getStrVal()), name + ": " + port);
            }
            if (cluster) {
                assertEquals("None", service.getSpec().getClusterIP());
                assertTrue(service.getSpec().getPublishNotReadyAddresses(), "starting pods must find each other");
            }
        }
    }

    @Test
    void everyPathOfTheIngressLeadsToAPortOfAService() {
        Map<String, Set<String>> ports = new HashMap<>();
        for (Service service : all(Service.class)) {
            ports.put(
                    service.getMetadata().getName(),
                    service.getSpec().getPorts().stream().map(ServicePort::getName).collect(Collectors.toSet()));
        }
        Ingress ingress = all(Ingress.class).get(0);
        for (HTTPIngressPath path : ingress.getSpec().getRules().get(0).getHttp().getPaths()) {
            var backend = path.getBackend().getService();
            assertTrue(
                    ports.getOrDefault(backend.getName(), Set.of())
                            .contains(backend.getPort().getName()),
                    path.getPath());
        }
    }

    @Test
    void aSecretIsAFileThatItsPodMounts() {
        for (Deployment deployment : all(Deployment.class)) {
            Set<String> files = new TreeSet<>();
            for (VolumeMount mount : volumeMounts(deployment)) {
                for (Volume volume : volumes(deployment)) {
                    if (volume.getName().equals(mount.getName()) && volume.getSecret() != null) {
                        volume.getSecret()
                                .getItems()
                                .forEach(item -> files.add(mount.getMountPath() + "/" + item.getPath()));
                    }
                }
            }
            Set<String> told = environment(deployment).entrySet().stream()
                    .filter(variable -> variable.getKey().endsWith("_FILE"))
                    .map(Map.Entry::getValue)
                    .collect(Collectors.toCollection(TreeSet::new));
            assertEquals(files, told, deployment.getMetadata().getName());
            assertFalse(told.isEmpty(), "no key to check tokens with");
        }
    }

    @Test
    void theProgramKnowsEverySettingThatAPodIsGiven(@TempDir Path folder) throws Exception {
        Map<String, String> settings = new HashMap<>();
        for (String file : kustomization.configMapGenerator().get(0).envs()) {
            for (String line : Files.readAllLines(BASE.resolve(file))) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    settings.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
                }
            }
        }
        all(Deployment.class).forEach(deployment -> settings.putAll(environment(deployment)));
        Path secret = Files.writeString(folder.resolve("secret"), "no secret, but as long as one has to be");
        settings.replaceAll((name, value) -> name.endsWith("_FILE") ? secret.toString() : value);

        ProcessBuilder check = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "io.millrace.launcher.Main",
                "check-config",
                "--conf",
                ROOT.resolve("conf").toString());
        check.environment().keySet().removeIf(name -> name.startsWith("MILLRACE_"));
        check.environment().putAll(settings);
        Process checking = check.redirectErrorStream(true).start();
        String said = new String(checking.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, checking.waitFor(), said);
    }

    private static List<HasMetadata> read(String yaml, String from) throws IOException {
        List<HasMetadata> objects = new ArrayList<>();
        try (var documents = STRICT.readerFor(JsonNode.class).<JsonNode>readValues(yaml)) {
            while (documents.hasNext()) {
                JsonNode document = documents.next();
                String kind = document.path("apiVersion").asText() + " "
                        + document.path("kind").asText();
                Class<? extends HasMetadata> model = KINDS.get(kind);
                if (model == null) {
                    throw new IOException(from + " holds a " + kind + "; there should be " + KINDS.keySet());
                }
                try {
                    objects.add(STRICT.treeToValue(document, model));
                } catch (IOException wrong) {
                    throw new IOException(from + ": " + wrong.getMessage(), wrong);
                }
            }
        }
        return objects;
    }

    private static Set<String> stages() throws IOException {
        try (Stream<Path> modules = Files.list(ROOT.resolve("verticles"))) {
            return modules.filter(module -> Files.exists(module.resolve("pom.xml")))
                    .map(module -> module.getFileName().toString())
                    .filter(name -> !NO_STAGES.contains(name))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static Path onThePath(String program) {
        for (String folder : System.getenv("PATH").split(":")) {
            Path file = Path.of(folder, program);
            if (Files.isExecutable(file)) {
                return file;
            }
        }
        return null;
    }

    private <T extends HasMetadata> List<T> all(Class<T> kind) {
        return resources.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    private static Set<String> names(List<? extends HasMetadata> objects) {
        return objects.stream()
                .map(object -> object.getMetadata().getName())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** With those that the kustomization adds. */
    private Map<String, String> podLabels(Deployment deployment) {
        Map<String, String> labels =
                new HashMap<>(deployment.getSpec().getTemplate().getMetadata().getLabels());
        kustomization.labels().stream()
                .filter(Kustomization.Labels::includeSelectors)
                .forEach(added -> labels.putAll(added.pairs()));
        return labels;
    }

    private static Container container(Deployment deployment) {
        return podSpec(deployment).getContainers().get(0);
    }

    private static PodSpec podSpec(Deployment deployment) {
        return deployment.getSpec().getTemplate().getSpec();
    }

    private Set<String> containerPorts() {
        return container(common).getPorts().stream().map(ContainerPort::getName).collect(Collectors.toSet());
    }

    private Map<String, String> environment(Deployment deployment) {
        Map<String, String> environment = new HashMap<>();
        for (Deployment part : List.of(common, deployment)) {
            for (EnvVar variable : container(part).getEnv()) {
                // What isn't said here is the pod's own address.
                environment.put(variable.getName(), variable.getValue() == null ? "10.0.0.7" : variable.getValue());
            }
        }
        return environment;
    }

    private List<VolumeMount> volumeMounts(Deployment deployment) {
        return Stream.of(common, deployment)
                .flatMap(part -> container(part).getVolumeMounts().stream())
                .toList();
    }

    private List<Volume> volumes(Deployment deployment) {
        return Stream.of(common, deployment)
                .flatMap(part -> podSpec(part).getVolumes().stream())
                .toList();
    }
}
