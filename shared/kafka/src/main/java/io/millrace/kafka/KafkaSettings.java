package io.millrace.kafka;

import io.millrace.platform.settings.Settings;
import io.millrace.platform.tls.Certificates;
import io.millrace.platform.tls.TlsFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.config.SslConfigs;

/**
 * The node's own Kafka: where it is and how to get in. Immutable.
 *
 * @param client what each of its clients is told, by Kafka's own names; with the password
 */
public record KafkaSettings(Map<String, String> client) {
    private static final String TLS = "kafka.tls";
    private static final String CA = TLS + ".ca";

    /** How the password is proven. */
    private enum Mechanism {
        SCRAM_SHA_512("scram.ScramLoginModule"),
        SCRAM_SHA_256("scram.ScramLoginModule"),
        PLAIN("plain.PlainLoginModule");

        private final String module;

        Mechanism(String module) {
            this.module = "org.apache.kafka.common.security." + module;
        }

        String wire() {
            return name().replace('_', '-');
        }
    }

    public KafkaSettings {
        client = Map.copyOf(client);
    }

    /** Brokers that everybody may use, without TLS. */
    public static KafkaSettings at(String bootstrap) {
        return new KafkaSettings(Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrap));
    }

    /** Mistakes are added to {@code settings}. Reads the files of the certificates. */
    public static KafkaSettings from(Settings settings) {
        Map<String, String> client = new HashMap<>();
        client.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, settings.text("kafka.bootstrap", "127.0.0.1:9092"));
        boolean tls = tls(settings, client);
        boolean sasl = sasl(settings, client);
        if (tls || sasl) {
            client.put(
                    CommonClientConfigs.SECURITY_PROTOCOL_CONFIG, sasl ? tls ? "SASL_SSL" : "SASL_PLAINTEXT" : "SSL");
        }
        return new KafkaSettings(client);
    }

    private static boolean tls(Settings settings, Map<String, String> client) {
        boolean enabled = settings.bool(TLS + ".enabled", false);
        String ca = settings.optionalText(CA);
        TlsFiles own = TlsFiles.server(settings, TLS);
        if (!enabled && (ca != null || own != null)) {
            settings.refuse(ca != null ? CA : TLS + ".cert", "has no effect without " + TLS + ".enabled: true");
        }
        if (!enabled) {
            return false;
        }
        if (ca != null) {
            if (!Files.isReadable(Path.of(ca))) {
                settings.refuse(CA, "names a file that can't be read");
            }
            client.put(SslConfigs.SSL_TRUSTSTORE_TYPE_CONFIG, "PEM");
            client.put(SslConfigs.SSL_TRUSTSTORE_LOCATION_CONFIG, ca);
        }
        Certificates read = Certificates.of(own);
        if (read != null) {
            client.put(SslConfigs.SSL_KEYSTORE_TYPE_CONFIG, "PEM");
            client.put(
                    SslConfigs.SSL_KEYSTORE_CERTIFICATE_CHAIN_CONFIG,
                    read.cert().toString());
            client.put(SslConfigs.SSL_KEYSTORE_KEY_CONFIG, read.key().toString());
        }
        return true;
    }

    private static boolean sasl(Settings settings, Map<String, String> client) {
        String user = settings.optionalText("kafka.user");
        String password = settings.secret("kafka.password");
        Mechanism mechanism = settings.choice("kafka.mechanism", Mechanism.class, Mechanism.SCRAM_SHA_512);
        if (user == null || password == null) {
            if (user != null || password != null) {
                settings.refuse(
                        user == null ? "kafka.user" : "kafka.password",
                        "is missing: who has a name at Kafka has a password");
            }
            return false;
        }
        client.put(SaslConfigs.SASL_MECHANISM, mechanism.wire());
        client.put(
                SaslConfigs.SASL_JAAS_CONFIG,
                mechanism.module + " required username=" + quoted(user) + " password=" + quoted(password) + ";");
        return true;
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** The brokers, one or more {@code host:port}. */
    public String bootstrap() {
        return Objects.requireNonNull(client.get(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG));
    }

    /**
     * What one client is told.
     *
     * @param own its own options, which count more
     */
    public Map<String, String> with(Map<String, String> own) {
        Map<String, String> config = new HashMap<>(client);
        config.putAll(own);
        return config;
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "Kafka at " + bootstrap();
    }
}
