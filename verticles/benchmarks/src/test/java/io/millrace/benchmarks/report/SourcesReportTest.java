package io.millrace.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourcesReportTest {
    @Test
    void eachAimIsARatioOfTwoMeasurementsOfTheRun(@TempDir Path folder) throws Exception {
        Path lines = folder.resolve("lines");
        Path page = folder.resolve("page");
        Files.writeString(
                lines,
                """
                {"kind":"webhook","of":"millrace","perSecond":5000.0,"cpuMicros":{"server":100.0,"postgres":50.0}}
                {"kind":"webhook","of":"node","perSecond":1000.0,"cpuMicros":{"server":900.0}}
                {"kind":"redis","of":"millrace","outstanding":16,"perSecond":400000.0,"cpuMicros":{}}
                {"kind":"kafka","of":"bare","perSecond":90000.0}
                {"kind":"kafka","of":"millrace","perSecond":9000.0}
                {"kind":"ceiling","perSecond":30000.0}
                """);
        SourcesReport.main(new String[] {"out=" + lines, "page=" + page, "title=a title"});
        String written = Files.readString(page);
        assertTrue(written.contains("BullMQ | at least 5.0 | **5.00** | 5,000 / 1,000 |"), written);
        assertTrue(written.contains("BullMQ, by CPU µs | at least 5.0 | **6.00** | 900.00 / 150.00 |"), written);
        assertTrue(written.contains("the bare commit | at least 0.5 | **0.30** | 9,000 / 30,000 |"), written);
        assertTrue(written.contains("| millrace |  | 5,000 | server 100.00, postgres 50.00 |"), written);
        assertEquals(-1, written.indexOf("Socket.IO"), "nothing to compare with");
    }
}
