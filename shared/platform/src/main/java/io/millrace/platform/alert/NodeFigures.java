package io.millrace.platform.alert;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.millrace.platform.node.Health;
import io.millrace.platform.tls.BadCertificateException;
import io.millrace.platform.tls.Certificates;
import io.millrace.platform.tls.TlsFiles;
import io.vertx.core.json.JsonObject;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a node knows of its machine and of itself, as metrics: its disk, its certificates, whether it is ready. Safe from any thread. */
final class NodeFigures {
    private static final Logger LOG = LoggerFactory.getLogger(NodeFigures.class);

    /** While a node starts or drains, it is as it should be. */
    private static final String NODE = "node";

    private final Path directory;
    private final Health health;
    private final List<TlsFiles> certificates;
    private final Map<String, Instant> expiry = new ConcurrentHashMap<>();
    private volatile double diskFree = 1;

    /**
     * @param directory on the disk that is watched
     * @param certificates that the node shows
     */
    NodeFigures(Path directory, Health health, List<TlsFiles> certificates) {
        this.directory = directory;
        this.health = health;
        this.certificates = certificates;
    }

    void register(MeterRegistry metrics) {
        Gauge.builder("millrace.node.disk.free.ratio", () -> diskFree).register(metrics);
        Gauge.builder("millrace.node.ready", () -> notReady() == null ? 1 : 0).register(metrics);
        for (TlsFiles files : certificates) {
            TimeGauge.builder("millrace.node.certificate.expiry", () -> left(files.group()), TimeUnit.SECONDS)
                    .tag("certificate", files.group())
                    .register(metrics);
        }
    }

    /** Reads the disk's room and the certificates. Blocks. */
    void refresh() {
        try {
            FileStore store = Files.getFileStore(directory);
            diskFree = store.getTotalSpace() == 0 ? 1 : (double) store.getUsableSpace() / store.getTotalSpace();
        } catch (java.io.IOException unknown) {
            LOG.debug("the disk of {} doesn't say how full it is: {}", directory, unknown.getMessage());
        }
        for (TlsFiles files : certificates) {
            // A new certificate between nodes is used after a restart only.
            if (files.ca() == null || !expiry.containsKey(files.group())) {
                try {
                    expiry.put(files.group(), Certificates.read(files).until());
                } catch (BadCertificateException unusable) {
                    LOG.debug("the certificate of {} stays as it is: {}", files.group(), unusable.getMessage());
                }
            }
        }
    }

    double diskFree() {
        return diskFree;
    }

    private double left(String group) {
        Instant until = expiry.get(group);
        return until == null
                ? Double.NaN
                : until.getEpochSecond() - Instant.now().getEpochSecond();
    }

    /** The seconds until each certificate expires; negative if it has. */
    Map<String, Double> certificates() {
        Map<String, Double> left = new TreeMap<>();
        expiry.keySet().forEach(group -> left.put(group, left(group)));
        return left;
    }

    /** Why the node isn't ready; null if it is, or starts or drains. */
    @Nullable
    String notReady() {
        JsonObject reasons = health.notReady();
        if (reasons.isEmpty() || reasons.containsKey(NODE)) {
            return null;
        }
        StringBuilder words = new StringBuilder();
        reasons.forEach(reason -> words.append(words.isEmpty() ? "" : "; ")
                .append(reason.getKey())
                .append(": ")
                .append(reason.getValue()));
        return words.toString();
    }
}
