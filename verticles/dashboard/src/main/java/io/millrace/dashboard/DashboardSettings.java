package io.millrace.dashboard;

import io.millrace.platform.settings.Settings;

/**
 * What the documents tell of ports that others serve.
 *
 * @param managementPort of metrics and probes
 * @param busPort of the event bus
 */
public record DashboardSettings(int managementPort, int busPort) {
    public static DashboardSettings from(Settings settings) {
        return new DashboardSettings(
                settings.integer("management.port", 8081, 0, 65_535),
                settings.integer("cluster.bus.port", 15_701, 0, 65_535));
    }
}
