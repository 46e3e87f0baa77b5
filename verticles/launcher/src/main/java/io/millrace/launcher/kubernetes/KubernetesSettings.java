package io.millrace.launcher.kubernetes;

import io.millrace.platform.settings.Settings;
import java.net.URI;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a node that tells Kubernetes how many connections it has.
 *
 * @param pod the name of the node's pod; null if Kubernetes is told nothing
 * @param api the address of the API server, with HTTPS
 * @param account the folder with the {@code token}, the {@code ca.crt} and the {@code namespace} of the pod's service account
 */
public record KubernetesSettings(@Nullable String pod, String api, Path account) {
    /** RFC 1123, as Kubernetes names pods. */
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?");

    public static KubernetesSettings from(Settings settings) {
        String pod = settings.optionalText("kubernetes.pod");
        if (pod != null && !NAME.matcher(pod).matches()) {
            settings.refuse(
                    "kubernetes.pod", "is not the name of a pod: lower-case letters, digits, - and . are allowed");
        }
        String api = settings.text("kubernetes.api", "https://kubernetes.default.svc");
        if (!isAddress(api)) {
            settings.refuse("kubernetes.api", "must be https://host or https://host:port");
        }
        return new KubernetesSettings(
                pod,
                api,
                Path.of(settings.text("kubernetes.account", "/var/run/secrets/kubernetes.io/serviceaccount")));
    }

    private static boolean isAddress(String api) {
        try {
            URI uri = URI.create(api);
            return "https".equals(uri.getScheme())
                    && uri.getHost() != null
                    && uri.getPath().isEmpty()
                    && uri.getRawQuery() == null;
        } catch (IllegalArgumentException unreadable) {
            return false;
        }
    }
}
