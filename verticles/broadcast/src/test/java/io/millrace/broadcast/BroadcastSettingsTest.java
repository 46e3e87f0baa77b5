package io.millrace.broadcast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.platform.settings.Settings;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BroadcastSettingsTest {
    @Test
    void aFrontThatClosesSilentConnectionsBeforeTheyAreAskedIsAContradiction() throws Exception {
        Settings settings = Settings.load(
                null,
                Map.of(),
                Map.of("http.idle", "30s", "broadcast.heartbeat", "30s", "broadcast.slow.timeout", "0s"));
        BroadcastSettings.from(settings);
        InvalidConfigurationException invalid = assertThrows(InvalidConfigurationException.class, settings::check);
        // Together with what else is wrong.
        assertEquals(2, invalid.problems().size(), invalid::getMessage);
        String all = invalid.problems().toString();
        assertTrue(all.contains("http.idle") && all.contains("broadcast.heartbeat"), all);
    }

    @Test
    void theDefaultsContradictNothing() throws Exception {
        Settings settings = Settings.load(null, Map.of(), Map.of());
        BroadcastSettings.from(settings);
        settings.check();
    }
}
