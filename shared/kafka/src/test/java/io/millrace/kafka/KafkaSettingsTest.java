package io.millrace.kafka;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.platform.settings.Settings;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code SecuredServersTest} of the system tests shows that a real broker lets Millrace in by these. */
class KafkaSettingsTest {
    @Test
    void withoutMoreThereIsNothingButTheBrokers() throws Exception {
        assertEquals(
                Map.of("bootstrap.servers", "a:1,b:2"),
                read(Map.of(), "kafka.bootstrap", "a:1,b:2").client());
    }

    @Test
    void aPasswordIsWrittenAsKafkaReadsItAndNeverShown() throws Exception {
        KafkaSettings settings = read(
                Map.of("MILLRACE_KAFKA_PASSWORD", "s\"3\\cret"), "kafka.user", "millrace", "kafka.tls.enabled", "true");
        assertEquals("SASL_SSL", settings.client().get("security.protocol"));
        assertEquals("SCRAM-SHA-512", settings.client().get("sasl.mechanism"));
        assertEquals(
                "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"millrace\""
                        + " password=\"s\\\"3\\\\cret\";",
                settings.client().get("sasl.jaas.config"));
        assertFalse(settings.toString().contains("cret"));
    }

    @Test
    void aFileThatNamesOtherBrokersGetsNothingOfTheNodes() throws Exception {
        KafkaSettings node = read(Map.of("MILLRACE_KAFKA_PASSWORD", "s3cret"), "kafka.user", "millrace");
        assertEquals(
                Map.of("bootstrap.servers", "c:3", "client.id", "x"),
                new KafkaAddress("c:3", Map.of("client.id", "x")).config(node));
        assertEquals(
                "SASL_PLAINTEXT",
                new KafkaAddress(null, Map.of("client.id", "x")).config(node).get("security.protocol"));
    }

    @ParameterizedTest
    @CsvSource({
        "kafka.tls.ca, pom.xml, has no effect without kafka.tls.enabled",
        "kafka.user, millrace, is missing",
        "kafka.mechanism, gssapi, is none of",
    })
    void aMistakeIsNamed(String setting, String value, String words) {
        InvalidConfigurationException invalid =
                assertThrows(InvalidConfigurationException.class, () -> read(Map.of(), setting, value));
        assertTrue(invalid.problems().toString().contains(words), invalid.problems()::toString);
    }

    private static KafkaSettings read(Map<String, String> environment, String... values)
            throws InvalidConfigurationException {
        Map<String, String> set = new HashMap<>();
        for (int i = 0; i < values.length; i += 2) {
            set.put(values[i], values[i + 1]);
        }
        Settings settings = Settings.load(null, environment, set);
        KafkaSettings read = KafkaSettings.from(settings);
        settings.check();
        return read;
    }
}
