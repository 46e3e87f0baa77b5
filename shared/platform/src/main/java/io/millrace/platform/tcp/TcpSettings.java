package io.millrace.platform.tcp;

import io.millrace.platform.http.HttpSettings;
import io.millrace.platform.settings.Settings;

/**
 * Settings of the TCP bridge's server.
 *
 * @param enabled whether it listens at all: a port is open only where somebody asked for it
 * @param http those of the HTTP server, whose certificate, proxies, accepted addresses and patience with slow clients
 *     are this server's, too
 */
public record TcpSettings(boolean enabled, String host, int port, HttpSettings http) {
    public static TcpSettings from(Settings settings) {
        return new TcpSettings(
                settings.bool("tcp.enabled", false),
                settings.text("tcp.host", "127.0.0.1"),
                settings.integer("tcp.port", 7000, 1, 65_535),
                HttpSettings.from(settings));
    }
}
