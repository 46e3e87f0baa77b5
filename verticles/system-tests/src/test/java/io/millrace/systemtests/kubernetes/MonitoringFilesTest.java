package io.millrace.systemtests.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.millrace.platform.alert.AlertSettings;
import io.millrace.platform.alert.AlertType;
import io.millrace.platform.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The files of {@code k8s/monitoring}: rules that are the alerts of Millrace itself, and dashboards that Grafana can read. */
class MonitoringFilesTest {
    static final Path FOLDER = Path.of(System.getProperty("millrace.root")).resolve("k8s/monitoring");

    private static final Set<String> OF_PROMETHEUS_ALONE = Set.of("node-gone", "volume-full");

    private static Map<String, JsonNode> rules() throws IOException {
        Map<String, JsonNode> rules = new TreeMap<>();
        for (JsonNode group :
                new YAMLMapper().readTree(FOLDER.resolve("rules.yaml").toFile()).path("groups")) {
            for (JsonNode rule : group.path("rules")) {
                String name = rule.path("alert").asText().replaceAll("(?<=.)([A-Z])", "-$1");
                rules.put(name.toLowerCase(java.util.Locale.ROOT), rule);
            }
        }
        return rules;
    }

    static List<Path> dashboards() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER.resolve("grafana"))) {
            return files.sorted().toList();
        }
    }

    @Test
    void theRulesAreTheAlertsOfMillraceAndNameTheirSectionOfTheGuide() throws IOException {
        Set<String> wanted =
                Arrays.stream(AlertType.values()).map(AlertType::word).collect(Collectors.toCollection(TreeSet::new));
        wanted.addAll(OF_PROMETHEUS_ALONE);
        assertEquals(wanted, rules().keySet());
        String guide = Files.readString(FOLDER.resolveSibling("../shared/docs/alerts.md"));
        for (Map.Entry<String, JsonNode> rule : rules().entrySet()) {
            String page = rule.getValue().path("annotations").path("guide").asText();
            String section = page.replace("shared/docs/alerts.md#", "");
            assertTrue(OF_PROMETHEUS_ALONE.contains(rule.getKey()) || section.equals(rule.getKey()), page);
            assertTrue(guide.contains("\n## " + section + "\n"), page);
            assertFalse(
                    rule.getValue().path("annotations").path("summary").asText().isEmpty());
        }
    }

    @Test
    void theThresholdsOfTheRulesAreTheDefaultsOfTheSettings() throws Exception {
        AlertSettings defaults = AlertSettings.from(Settings.load(null, Map.of(), Map.of()));
        Map<AlertType, String> limits = Map.of(
                AlertType.QUEUE_AGE, "> " + defaults.queueAge().toSeconds(),
                AlertType.DEAD_LETTER_RATE, ">= " + defaults.deadLetters(),
                AlertType.SLOT_LAG, "> " + defaults.slotLag(),
                AlertType.DISK_FULL, "< 0." + defaults.diskFree(),
                AlertType.CLOCK_SKEW, "> " + defaults.clockSkew().toSeconds(),
                AlertType.CERTIFICATE_EXPIRY,
                        "< " + defaults.certificateExpiry().toSeconds(),
                AlertType.SLOW_CONSUMERS, ">= " + defaults.slowConsumers());
        for (Map.Entry<AlertType, String> limit : limits.entrySet()) {
            String expression = rules().get(limit.getKey().word()).path("expr").asText();
            assertTrue(expression.endsWith(" " + limit.getValue()), expression + " is not " + limit.getValue());
        }
        Map<AlertType, Long> holds = Map.of(
                AlertType.BREAKER_OPEN, defaults.breakerOpen().toSeconds(),
                AlertType.NODE_NOT_READY, defaults.notReady().toSeconds(),
                AlertType.SOURCE_FAILING, defaults.taskFailing().toSeconds(),
                AlertType.SINK_FAILING, defaults.taskFailing().toSeconds());
        for (Map.Entry<AlertType, Long> hold : holds.entrySet()) {
            String written =
                    rules().get(hold.getKey().word()).path("for").asText().replace("1m", "60s");
            assertEquals(hold.getValue() + "s", written, hold.getKey().word());
        }
    }

    @Test
    void everyPanelOfADashboardHasItsPlaceAndAsksForSomething() throws IOException {
        Set<String> ids = new HashSet<>();
        assertEquals(4, dashboards().size());
        for (Path file : dashboards()) {
            JsonNode board = new ObjectMapper().readTree(file.toFile());
            assertTrue(ids.add(board.path("uid").asText()), "two boards of one uid");
            Set<String> places = new HashSet<>();
            for (JsonNode panel : board.path("panels")) {
                assertTrue(ids.add(board.path("uid").asText() + panel.path("id").asInt()));
                assertTrue(
                        places.add(panel.path("gridPos").toString()),
                        panel.path("title").asText());
                assertFalse(panel.path("targets").isEmpty());
                panel.path("targets")
                        .forEach(target ->
                                assertFalse(target.path("expr").asText().isEmpty()));
            }
        }
    }
}
