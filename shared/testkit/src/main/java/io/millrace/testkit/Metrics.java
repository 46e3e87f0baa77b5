package io.millrace.testkit;

/** What a process's {@code /metrics} say now. */
public final class Metrics {
    private final Api management;

    public Metrics(MillraceProcess process) {
        this.management = new Api(process.managementUri("/"), null);
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
