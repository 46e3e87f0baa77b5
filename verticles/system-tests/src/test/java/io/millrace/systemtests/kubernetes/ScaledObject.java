package io.millrace.systemtests.kubernetes;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBehavior;
import java.util.List;
import java.util.Map;

/** KEDA's ScaledObject, as far as the files use it: a property that isn't here is a mistake, or belongs here. */
// Not by that of its interface, which keeps what it doesn't know.
@JsonDeserialize(using = JsonDeserializer.None.class)
final class ScaledObject implements HasMetadata {
    @JsonProperty
    private String apiVersion;

    @JsonProperty
    private String kind;

    @JsonProperty
    private ObjectMeta metadata;

    @JsonProperty
    private Spec spec;

    record Spec(
            Target scaleTargetRef,
            int minReplicaCount,
            int maxReplicaCount,
            Advanced advanced,
            List<Trigger> triggers) {}

    record Target(String name) {}

    record Advanced(Autoscaler horizontalPodAutoscalerConfig) {}

    record Autoscaler(HorizontalPodAutoscalerBehavior behavior) {}

    /** What {@code metadata} holds depends on the type. */
    record Trigger(String type, String name, String metricType, Map<String, String> metadata) {}

    Spec spec() {
        return spec;
    }

    @Override
    public String getApiVersion() {
        return apiVersion;
    }

    @Override
    public void setApiVersion(String version) {
        apiVersion = version;
    }

    @Override
    public String getKind() {
        return kind;
    }

    @Override
    public ObjectMeta getMetadata() {
        return metadata;
    }

    @Override
    public void setMetadata(ObjectMeta said) {
        metadata = said;
    }
}
