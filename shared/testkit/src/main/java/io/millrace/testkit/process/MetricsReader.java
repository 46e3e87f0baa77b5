package io.millrace.testkit.process;

import io.millrace.testkit.client.ApiClient;

/** What a process's {@code /metrics} say now. */
public final class MetricsReader {
    private final ApiClient management;

    public MetricsReader(MillraceProcess process) {
        this.management = new ApiClient(process.managementUri("/"), null);
    }

    /** Over all meters whose line begins so: a name, perhaps with its first tags. */
    public double sum(String beginning) {
        return management
                .get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(beginning))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }
}
