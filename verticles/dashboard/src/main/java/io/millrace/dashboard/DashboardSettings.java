package io.millrace.dashboard;

import io.millrace.platform.settings.Settings;

/**
 * The ports of other servers, for the documents.
 *
 * @param managementPort the port of metrics and probes
 * @param busPort the port of the event bus
 */
public record DashboardSettings(int managementPort, int busPort) {
    public static DashboardSettings from(Settings settings) {
        return new DashboardSettings(
                settings.integer("management.port", 8081, 0, 65_535),
                settings.integer("cluster.bus.port", 15_701, 0, 65_535));
    }
}
