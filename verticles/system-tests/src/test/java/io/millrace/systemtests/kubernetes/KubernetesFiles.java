package io.millrace.systemtests.kubernetes;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicy;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicyBinding;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A folder of Kustomize, read strictly: a property that Kubernetes doesn't know is a mistake. */
final class KubernetesFiles {
    private static final Map<String, Class<? extends HasMetadata>> KINDS = Map.ofEntries(
            Map.entry("v1 Namespace", Namespace.class),
            Map.entry("v1 Service", Service.class),
            Map.entry("v1 ConfigMap", ConfigMap.class),
            Map.entry("v1 ServiceAccount", ServiceAccount.class),
            Map.entry("admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy", ValidatingAdmissionPolicy.class),
            Map.entry(
                    "admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding",
                    ValidatingAdmissionPolicyBinding.class),
            Map.entry("apps/v1 Deployment", Deployment.class),
            Map.entry("apps/v1 StatefulSet", StatefulSet.class),
            Map.entry("autoscaling/v2 HorizontalPodAutoscaler", HorizontalPodAutoscaler.class),
            Map.entry("keda.sh/v1alpha1 ScaledObject", ScaledObject.class),
            Map.entry("networking.k8s.io/v1 Ingress", Ingress.class),
            Map.entry("networking.k8s.io/v1 NetworkPolicy", NetworkPolicy.class),
            Map.entry("policy/v1 PodDisruptionBudget", PodDisruptionBudget.class),
            Map.entry("rbac.authorization.k8s.io/v1 Role", Role.class),
            Map.entry("rbac.authorization.k8s.io/v1 RoleBinding", RoleBinding.class));

    /** Fabric8's models keep what they don't know for later; here that is refused. */
    private static final ObjectMapper STRICT = YAMLMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .annotationIntrospector(new JacksonAnnotationIntrospector() {
                private static final long serialVersionUID = 1;

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
            String namespace,
            List<String> resources,
            List<String> components,
            List<Patch> patches,
            List<Labels> labels,
            List<Generator> configMapGenerator,
            List<Image> images) {
        Kustomization {
            resources = Objects.requireNonNullElse(resources, List.of());
            components = Objects.requireNonNullElse(components, List.of());
            patches = Objects.requireNonNullElse(patches, List.of());
            labels = Objects.requireNonNullElse(labels, List.of());
            configMapGenerator = Objects.requireNonNullElse(configMapGenerator, List.of());
        }

        static Kustomization of(Path folder) throws IOException {
            return STRICT.readValue(folder.resolve("kustomization.yaml").toFile(), Kustomization.class);
        }

        /** The names of the folder's files that it uses, and of the folders that it builds on. */
        Set<String> named() {
            Set<String> named = new TreeSet<>(resources);
            named.addAll(components);
            named.add("kustomization.yaml");
            patches.forEach(patch -> named.add(patch.path()));
            configMapGenerator.forEach(generator -> named.addAll(generator.envs()));
            return named;
        }

        record Patch(String path, Target target) {}

        record Target(String kind, String name, String labelSelector) {}

        record Labels(Map<String, String> pairs, boolean includeTemplates) {}

        record Generator(String name, String behavior, List<String> envs, List<String> literals) {
            Generator {
                envs = Objects.requireNonNullElse(envs, List.of());
                literals = Objects.requireNonNullElse(literals, List.of());
            }
        }

        record Image(String name, String newTag) {}
    }

    private final Path folder;
    private final Kustomization kustomization;
    private final List<HasMetadata> resources = new ArrayList<>();
    /** Laid over every Deployment. */
    private final Deployment common;

    KubernetesFiles(Path folder) throws IOException {
        this.folder = folder;
        kustomization = Kustomization.of(folder);
        for (String file : kustomization.resources()) {
            resources.addAll(read(Files.readString(folder.resolve(file)), file));
        }
        String patch = kustomization.patches().get(0).path();
        common = (Deployment)
                read(Files.readString(folder.resolve(patch)), patch).get(0);
    }

    /** @throws IOException that names the property which isn't one */
    static List<HasMetadata> read(String yaml, String from) throws IOException {
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
                withoutDirectives(document);
                try {
                    objects.add(STRICT.treeToValue(document, model));
                } catch (IOException wrong) {
                    throw new IOException(from + ": " + wrong.getMessage(), wrong);
                }
            }
        }
        return objects;
    }

    /** A patch may say {@code $patch: delete}, of which Kubernetes knows nothing. */
    private static void withoutDirectives(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.remove("$patch");
        }
        node.forEach(KubernetesFiles::withoutDirectives);
    }

    Set<String> namedFiles() {
        return kustomization.named();
    }

    List<HasMetadata> resources() {
        return resources;
    }

    <T extends HasMetadata> List<T> all(Class<T> kind) {
        return resources.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    List<Deployment> deployments() {
        return all(Deployment.class);
    }

    /** With those that the kustomization adds. */
    Map<String, String> podLabels(Deployment deployment) {
        Map<String, String> labels =
                new HashMap<>(deployment.getSpec().getTemplate().getMetadata().getLabels());
        kustomization.labels().stream()
                .filter(Kustomization.Labels::includeTemplates)
                .forEach(added -> labels.putAll(added.pairs()));
        return labels;
    }

    static Container container(Deployment deployment) {
        return podSpec(deployment).getContainers().get(0);
    }

    Set<String> containerPorts() {
        return namedPorts().keySet();
    }

    Map<String, Integer> namedPorts() {
        return container(common).getPorts().stream()
                .collect(Collectors.toMap(ContainerPort::getName, ContainerPort::getContainerPort));
    }

    /** What the container is told, besides the shared settings. */
    Map<String, String> environment(Deployment deployment) {
        Map<String, String> environment = new HashMap<>();
        for (Deployment part : List.of(common, deployment)) {
            for (EnvVar variable : container(part).getEnv()) {
                // What isn't written out is the pod's own address.
                environment.put(variable.getName(), variable.getValue() == null ? "10.0.0.7" : variable.getValue());
            }
        }
        return environment;
    }

    /** What the generated ConfigMap tells every container. */
    Map<String, String> sharedSettings() throws IOException {
        Map<String, String> settings = new HashMap<>();
        for (Kustomization.Generator generator : kustomization.configMapGenerator()) {
            for (String file : generator.envs()) {
                for (String line : Files.readAllLines(folder.resolve(file))) {
                    if (!line.isBlank() && !line.startsWith("#")) {
                        String[] setting = line.split("=", 2);
                        settings.put(setting[0], setting[1]);
                    }
                }
            }
        }
        return settings;
    }

    /** The paths at which the container finds its secrets. */
    Set<String> secretFiles(Deployment deployment) {
        Set<String> files = new TreeSet<>();
        for (Deployment part : List.of(common, deployment)) {
            for (VolumeMount mount : container(part).getVolumeMounts()) {
                secretVolumes(deployment)
                        .filter(volume -> volume.getName().equals(mount.getName()))
                        .flatMap(volume -> volume.getSecret().getItems().stream())
                        .forEach(item -> files.add(mount.getMountPath() + "/" + item.getPath()));
            }
        }
        return files;
    }

    private Stream<Volume> secretVolumes(Deployment deployment) {
        return Stream.of(common, deployment)
                .flatMap(part -> podSpec(part).getVolumes().stream())
                .filter(volume -> volume.getSecret() != null);
    }

    private static PodSpec podSpec(Deployment deployment) {
        return deployment.getSpec().getTemplate().getSpec();
    }
}
