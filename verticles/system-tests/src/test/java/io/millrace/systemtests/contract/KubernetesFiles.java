package io.millrace.systemtests.contract;

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
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A folder of Kustomize, read strictly: a property that Kubernetes doesn't know is a mistake. */
final class KubernetesFiles {
    private static final Map<String, Class<? extends HasMetadata>> KINDS = Map.of(
            "apps/v1 Deployment", Deployment.class,
            "v1 Service", Service.class,
            "v1 ConfigMap", ConfigMap.class,
            "networking.k8s.io/v1 Ingress", Ingress.class,
            "networking.k8s.io/v1 NetworkPolicy", NetworkPolicy.class);

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
            List<String> resources,
            List<Patch> patches,
            List<Labels> labels,
            List<Generator> configMapGenerator,
            List<Image> images) {
        record Patch(String path, Target target) {}

        record Target(String kind) {}

        record Labels(Map<String, String> pairs, boolean includeTemplates) {}

        record Generator(String name, List<String> envs) {}

        record Image(String name, String newTag) {}
    }

    private final Path folder;
    private final Kustomization kustomization;
    private final List<HasMetadata> resources = new ArrayList<>();
    /** Laid over every Deployment. */
    private final Deployment common;

    KubernetesFiles(Path folder) throws IOException {
        this.folder = folder;
        kustomization = STRICT.readValue(folder.resolve("kustomization.yaml").toFile(), Kustomization.class);
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
                try {
                    objects.add(STRICT.treeToValue(document, model));
                } catch (IOException wrong) {
                    throw new IOException(from + ": " + wrong.getMessage(), wrong);
                }
            }
        }
        return objects;
    }

    Set<String> namedFiles() {
        Set<String> named = new TreeSet<>(kustomization.resources());
        named.add("kustomization.yaml");
        kustomization.patches().forEach(patch -> named.add(patch.path()));
        kustomization.configMapGenerator().forEach(generator -> named.addAll(generator.envs()));
        return named;
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
        return container(common).getPorts().stream().map(ContainerPort::getName).collect(Collectors.toSet());
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
