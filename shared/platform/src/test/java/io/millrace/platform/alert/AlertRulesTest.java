package io.millrace.platform.alert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.alert.ActiveAlert;
import io.millrace.contracts.alert.AlertReport;
import io.millrace.contracts.cluster.TaskStatus;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.Stage;
import io.millrace.platform.settings.Settings;
import io.millrace.platform.tls.TlsFiles;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which figures are an alert: a node whose metrics are set by the test. */
class AlertRulesTest {
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final Health health = new Health();
    private final List<Stage> stages = new ArrayList<>();
    private final ClockSkew clocks = new ClockSkew();
    private final AlertSettings settings;
    private long nanos;

    AlertRulesTest() throws InvalidConfigurationException {
        settings = AlertSettings.from(Settings.load(null, Map.of(), Map.of("alerts.disk.free", "0")));
    }

    private AlertRules rules(NodeFigures figures) {
        return new AlertRules(settings, metrics, figures, clocks, stages, "a/1");
    }

    private NodeFigures figures(TlsFiles... certificates) {
        NodeFigures figures = new NodeFigures(Path.of("").toAbsolutePath(), health, List.of(certificates));
        figures.refresh();
        return figures;
    }

    private Set<String> look(AlertRules rules) {
        return rules.look(nanos).stream()
                .map(found -> found.type().word() + " " + found.about() + ": " + found.message())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void aNodeOnWhichAllIsWellHasNoCondition() {
        health.started();
        assertEquals(Set.of(), look(rules(figures())));
    }

    @Test
    void anOldQueueAnOpenBreakerAndABigSlotAreFoundByTheMetrics() {
        AtomicLong age = new AtomicLong(30);
        AtomicLong breaker = new AtomicLong();
        AtomicLong lag = new AtomicLong(1L << 30);
        TimeGauge.builder("millrace.queue.oldest.age", age::get, TimeUnit.SECONDS)
                .register(metrics);
        Gauge.builder("millrace.router.breaker.state", breaker::get)
                .tag("backend", "kafka")
                .register(metrics);
        Gauge.builder("millrace.source.lag.bytes", lag::get)
                .tag("source", "shop")
                .register(metrics);
        health.started();
        AlertRules rules = rules(figures());
        assertEquals(Set.of(), look(rules));
        age.set(31);
        breaker.set(2);
        lag.incrementAndGet();
        assertEquals(
                Set.of(
                        "queue-age : The oldest event in the queue has waited 31 s for its commit",
                        "breaker-open kafka: kafka does not answer, so it is only asked now and then",
                        "slot-lag shop: The database of the source shop keeps 1024 MiB of its log for it"),
                look(rules));
    }

    @Test
    void countsAreComparedOverFiveMinutes() {
        health.started();
        Counter invalid = metrics.counter("millrace.queue.dead.letters", "code", "invalid_event");
        Counter slow = metrics.counter("millrace.broadcast.slow.consumers");
        invalid.increment(1_000);
        AlertRules rules = rules(figures());
        assertEquals(Set.of(), look(rules));
        nanos += TimeUnit.SECONDS.toNanos(10);
        invalid.increment(6);
        metrics.counter("millrace.queue.dead.letters", "code", "internal").increment(3);
        slow.increment(99);
        assertEquals(Set.of(), look(rules));
        nanos += TimeUnit.SECONDS.toNanos(10);
        invalid.increment();
        slow.increment();
        assertEquals(2, look(rules).size());
        for (int i = 0; i < 40; i++) {
            nanos += TimeUnit.SECONDS.toNanos(10);
            look(rules);
        }
        assertEquals(Set.of(), look(rules));
    }

    @Test
    void aNodeThatIsNotReadyIsFoundUnlessItStartsOrDrains() {
        AlertRules rules = rules(figures());
        health.ready("kafka", () -> "does not answer");
        assertEquals(Set.of(), look(rules));
        health.started();
        assertEquals(Set.of("node-not-ready a/1: The node is not ready: kafka: does not answer"), look(rules));
        health.drain();
        assertEquals(Set.of(), look(rules));
    }

    @Test
    void aSourceThatFailsAndASinkThatHasStoppedAreFoundWithTheirReason() {
        health.started();
        stages.add(new Stage() {
            @Override
            public List<TaskStatus> sources() {
                return List.of(
                        task("shop", TaskStatus.State.FAILING, "failing: no such table"),
                        task("erp", TaskStatus.State.WAITING, null));
            }

            @Override
            public List<TaskStatus> sinks() {
                return List.of(task("feed", TaskStatus.State.STOPPED, "stopped: no such topic"));
            }
        });
        assertEquals(
                Set.of(
                        "source-failing shop: It is failing: no such table",
                        "sink-failing feed: It is stopped: no such topic"),
                look(rules(figures())));
    }

    private static TaskStatus task(String name, TaskStatus.State state, @Nullable String problem) {
        return new TaskStatus(name, "redis", state, -1, problem, 0, null, 0);
    }

    @Test
    void aClockThatIsAheadIsFoundThoughReportsComeLate() {
        health.started();
        AlertRules rules = rules(figures());
        long now = 1_000_000_000;
        for (long late : List.of(900_000L, 10_000L, 700_000L, 5_000L)) {
            clocks.hear(new AlertReport("b/1", now + 1_200_000 - late, false, List.of()), now, nanos);
            assertNull(clocks.furthest(), "too few to tell");
        }
        clocks.hear(new AlertReport("b/1", now + 1_200_000 - 800_000, false, List.of()), now, nanos);
        assertEquals(Set.of("clock-skew : The clock of b/1 is 1.2 s ahead of that of a/1"), look(rules));
        clocks.hear(new AlertReport("b/1", 0, true, List.of()), now, nanos);
        assertNull(clocks.furthest());
    }

    @Test
    void aCertificateIsFoundBeforeItExpiresAndARenewedOneIsReadAgain(@TempDir Path directory) throws Exception {
        health.started();
        TlsFiles files = new TlsFiles("http.tls", directory.resolve("crt"), directory.resolve("key"), null);
        write(files, 3);
        NodeFigures figures = figures(files);
        AlertRules rules = rules(figures);
        assertEquals(
                Set.of("certificate-expiry a/1 http.tls: The certificate of http.tls expires in 2 days"), look(rules));
        write(files, 300);
        figures.refresh();
        assertEquals(Set.of(), look(rules));
        Files.delete(files.cert());
        figures.refresh();
        assertNotNull(figures.certificates().get("http.tls"), "one that was read stays known");
    }

    private static void write(TlsFiles files, int days) throws Exception {
        X509Bundle certificate = new CertificateBuilder()
                .subject("CN=front")
                .setIsCertificateAuthority(true)
                .notAfter(Instant.now().plusSeconds(days * 86_400L - 60))
                .algorithm(CertificateBuilder.Algorithm.ecp256)
                .buildSelfSigned();
        Files.writeString(files.cert(), certificate.getCertificatePEM());
        Files.writeString(files.key(), certificate.getPrivateKeyPEM());
    }

    @Test
    void theSameAlertOfTwoNodesIsOneAndASilentNodeHasNone() {
        AtomicLong clock = new AtomicLong();
        ReportedAlerts reports = new ReportedAlerts(clock::get);
        ActiveAlert late = new ActiveAlert("breaker-open", "redis", 7, "b");
        ActiveAlert early = new ActiveAlert("breaker-open", "redis", 5, "a");
        reports.hear(new AlertReport("a/1", 0, false, List.of(late)));
        reports.hear(new AlertReport("b/1", 0, false, List.of(early)));
        assertEquals(List.of(new ReportedAlerts.Reported(early, List.of("a/1", "b/1"))), reports.active());
        reports.hear(new AlertReport("b/1", 0, true, List.of()));
        assertEquals(List.of(new ReportedAlerts.Reported(late, List.of("a/1"))), reports.active());
        clock.set(TimeUnit.SECONDS.toNanos(11));
        assertTrue(reports.active().isEmpty() && !reports.hearsSomebody());
    }

    @Test
    void everyAlertHasItsSectionInTheGuideAndNoOtherHasOne() {
        AlertGuide guide = new AlertGuide();
        for (AlertType type : AlertType.values()) {
            assertTrue(guide.of(type.word()).contains("\n1. "), type + " has no steps");
        }
        assertEquals("", guide.of("no-such"));
    }
}
