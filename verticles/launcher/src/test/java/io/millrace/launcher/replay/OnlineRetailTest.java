package io.millrace.launcher.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.launcher.replay.format.CsvSource;
import io.millrace.launcher.replay.format.FileResumePoint;
import io.millrace.launcher.replay.format.InputFile;
import io.millrace.launcher.replay.format.MappedRows;
import io.millrace.mapping.MappedEvent;
import io.millrace.mapping.Mapping;
import io.millrace.mapping.MappingReader;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The mapping that is shipped. */
class OnlineRetailTest {
    private static final Path ROOT = Path.of(System.getProperty("millrace.root", "../.."));
    private static final String ROWS =
            """
            InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
            1,85123A,"HEART, WHITE",6,2010-12-01T08:26:00Z,2.55,17850,United Kingdom
            1,71053,,1,2010-12-01T08:27:00Z,0.001,17850,United Kingdom
            C2,85123A,"HEART, WHITE",-2,2010-12-01T09:00:00Z,2.55,17850,United Kingdom
            3,22139,damaged,-10,2010-12-01T09:30:00Z,0.0,,United Kingdom
            A4,B,Adjust bad debt,1,2010-12-01T10:00:00Z,-99.5,,United Kingdom
            5,22139,GIFT,1,2010-12-01T10:01:00Z,0.0,12646,EIRE
            """;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private final Map<String, JsonNode> events = new LinkedHashMap<>();
    private final Map<String, Integer> types = new TreeMap<>();
    private final Map<String, Long> skipped = new TreeMap<>();
    private BigDecimal revenue = BigDecimal.ZERO;
    private BigDecimal refunds = BigDecimal.ZERO;
    private long rows;

    private void read(Path table, boolean keep) throws IOException, InvalidConfigurationException {
        Mapping mapping = MappingReader.read(ROOT.resolve("conf/replay/online-retail.yaml"));
        Set<String> ids = new HashSet<>();
        try (CsvSource source = CsvSource.open(new InputFile(table), mapping, FileResumePoint.start())) {
            for (MappedRows step = source.next(); step != null; step = source.next()) {
                assertEquals(null, step.wrong());
                rows += step.rows();
                if (step.skipped() != null) {
                    skipped.merge(step.skipped(), (long) step.rows(), Long::sum);
                }
                for (MappedEvent event : step.events()) {
                    assertEquals(true, ids.add(event.id()), event.id());
                    count(event, keep);
                }
            }
        }
    }

    private void count(MappedEvent event, boolean keep) throws IOException {
        types.merge(event.type(), 1, Integer::sum);
        if (!keep && event.type().equals("inventory:updated")) {
            return;
        }
        JsonNode json = StubServer.JSON.readTree(event.json());
        if (event.type().equals("order:created")) {
            revenue = revenue.add(json.at("/data/total").decimalValue());
        } else if (event.type().equals("payment:refunded")) {
            refunds = refunds.add(json.at("/data/amount").decimalValue());
        }
        if (keep) {
            events.put(event.id(), json.path("data"));
        }
    }

    private JsonNode data(String id) {
        return events.getOrDefault(id, StubServer.JSON.missingNode());
    }

    @Test
    void salesReturnsAndCorrectionsAreDistinguished() throws Exception {
        read(Files.writeString(folder.resolve("retail.csv"), ROWS), true);

        assertEquals(
                Map.of(
                        "order:created", 4,
                        "payment:received", 4,
                        "order:status_changed", 1,
                        "payment:refunded", 1,
                        "inventory:updated", 6),
                types);
        assertEquals(Map.of(), skipped);
        assertEquals(6, rows);
        // 15.30 + 0 - 99.50 + 0
        assertEquals(new BigDecimal("-84.20"), revenue);
        assertEquals(new BigDecimal("5.10"), refunds);
        assertEquals("adjustment", data("A4/stock/1").path("reason").asText());
        assertEquals("15.30", data("1/created").path("total").asText());
        assertEquals(2, data("1/created").path("lines").size());
        assertFalse(data("1/created").path("lines").get(1).has("description"));
        assertEquals("5.10", data("C2/refunded").path("amount").asText());
        assertEquals("cancelled", data("C2/cancelled").path("newStatus").asText());
        assertEquals("return", data("C2/stock/1").path("reason").asText());
        assertEquals(2, data("C2/stock/1").path("difference").asInt());
        assertEquals("adjustment", data("3/stock/1").path("reason").asText());
        assertFalse(data("3/stock/1").has("productName"));
        assertEquals("12646", data("5/created").path("customerId").asText());
    }
}
