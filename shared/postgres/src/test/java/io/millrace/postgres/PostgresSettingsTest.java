package io.millrace.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.net.ClientSSLOptions;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PostgresSettingsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgresql://millrace@127.0.0.1:5432/millrace",
                "postgres://u:p%40ss@db.example/x",
                "postgresql://u@[::1]:5432/x?sslmode=require",
                "postgresql://u@h/x?SSLMODE=prefer&search_path=shop",
                "postgresql://u@a:5432,b:5433/x",
                "postgresql://a,[::1]:5433/x?sslmode=require",
            })
    void aUriWhoseEveryWordHasAnEffectIsTaken(String uri) {
        assertNull(PostgresSettings.mistake(uri));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            postgresql://u@a:5432,b:99999/x                           | is not a PostgreSQL URI
            postgresql://u@a:5432,/x                                  | an empty name
            postgresql://u@/x?host=a,b                                | several hosts
            postgresql://u@a/x?target_session_attrs=read-write        | target_session_attrs, which has no effect
            postgresql://u@a/x?targetServerType=primary               | targetservertype, which has no effect
            postgresql://u@a/x?connect_timeout=5                      | persistence.commit.timeout
            postgresql://u@a/x?sslmode=require&ssl_mode=require       | did you mean sslmode?
            postgresql://u@a/x?keepalives=1                           | known are host
            postgresql://u@a/x?sslmode                                | without a value
            postgresql://u@a/x?sslmode=perhaps                        | is not a PostgreSQL URI
            postgresql://u@a:99999/x                                  | is not a PostgreSQL URI
            mysql://u@a/x                                             | is not a PostgreSQL URI
            """)
    void aWordThatWouldBeDroppedInSilenceIsRefused(String uri, String why) {
        String mistake = String.valueOf(PostgresSettings.mistake(uri));
        assertTrue(mistake.contains(why), mistake);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgresql://u:s3cret@a,b:0/x",
                "postgresql://u:s3cret@a/x?nonsense=1",
                "postgresql://u:s3cret@a:0/x"
            })
    void aMistakeNeverRepeatsThePassword(String uri) {
        assertEquals(-1, String.valueOf(PostgresSettings.mistake(uri)).indexOf("s3cret"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            postgresql://u@a/x                      | a:5432/x
            postgresql://u@a:1,b:2/x?sslmode=prefer | a:1/x b:2/x
            postgresql://a,[::1]:2,c/x              | a:5432/x ::1:2/x c:5432/x
            postgresql://u:p%2Cq@a:1,b/x            | a:1/x b:5432/x
            """)
    void eachHostIsAServerWithTheSameDatabase(String uri, String servers) {
        assertEquals(
                servers,
                new PostgresSettings(uri, null)
                        .servers().stream()
                                .map(server -> server.getHost() + ":" + server.getPort() + "/" + server.getDatabase())
                                .collect(Collectors.joining(" ")));
    }

    @ParameterizedTest
    @CsvSource({"require, true", "verify-ca, false", "verify-full, false"})
    void verifyTrustsWhomTheJvmTrustsAndRequireAnybody(String mode, boolean anybody) {
        ClientSSLOptions tls = Objects.requireNonNull(new PostgresSettings("postgresql://u@h/x?sslmode=" + mode, null)
                .servers()
                .get(0)
                .getSslOptions());
        assertEquals(anybody, tls.isTrustAll());
        assertEquals(anybody, tls.getTrustOptions() == null);
        assertEquals(mode.equals("verify-full") ? "HTTPS" : "", tls.getHostnameVerificationAlgorithm());
    }
}
