package io.millrace.platform.tls;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.platform.settings.Settings;
import io.netty.pkitesting.CertificateBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("TlsFilesTest")
@SuppressWarnings("NullAway.Init")
class TlsFilesTest {
    @TempDir
    static Path folder;

    private static Pki pki;

    /** Once, since a key of RSA takes a second; the tests only read. */
    @BeforeAll
    static void certificates() throws Exception {
        pki = new Pki(folder);
        pki.issue("good");
        pki.issue("rsa", CertificateBuilder::rsa2048);
        pki.issue("other");
        pki.issue("expired", old -> old.notAfter(Instant.now().minus(Duration.ofMinutes(1))));
        pki.issue("early", young -> young.notBefore(Instant.now().plus(Duration.ofMinutes(30))));
        pki.issue("server-only", CertificateBuilder::addExtendedKeyUsageServerAuth);
        pki.issue("both", both -> both.addExtendedKeyUsageServerAuth().addExtendedKeyUsageClientAuth());
        pki.write("empty.crt", "");
        pki.write("text.crt", "no certificate");
        pki.write(
                "encrypted.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
        pki.write("broken.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    }

    @ParameterizedTest
    @CsvSource({"good, good", "rsa, rsa", "both, both"})
    void aCertificateWithItsKeyIsTaken(String cert, String key) {
        assertNotNull(assertDoesNotThrow(() -> server(cert + ".crt", key + ".key")));
        assertNotNull(assertDoesNotThrow(() -> mutual(cert + ".crt", key + ".key", "ca.crt")));
    }

    @Test
    void noneIsNoTls() throws Exception {
        Settings settings = Settings.load(null, Map.of(), Map.of());
        assertNull(TlsFiles.server(settings, "http.tls"));
        assertDoesNotThrow(settings::check);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "missing.crt | good.key | http.tls.cert: there is no file",
                "empty.crt | good.key | http.tls.cert: * holds no certificate (expected PEM",
                "text.crt | good.key | http.tls.cert: * holds no certificate",
                "expired.crt | expired.key | http.tls.cert: the certificate in * expired at",
                "early.crt | early.key | http.tls.cert: the certificate in * is not valid before",
                "good.crt | missing.key | http.tls.key: there is no file",
                "good.crt | other.key | http.tls.key: * is not the key of the certificate in",
                "good.crt | rsa.key | http.tls.key: * holds no private key that can be used",
                "good.crt | good.crt | http.tls.key: * holds no private key that can be used",
                "good.crt | encrypted.key | http.tls.key: * holds no private key that can be used",
                "good.crt | broken.key | http.tls.key: * holds no private key that can be used",
                "good.crt | | http.tls.key: is missing: TLS needs the certificate, its key",
                " | good.key | http.tls.cert: is missing: TLS needs the certificate, its key"
            })
    void whatCantBeUsedIsNamedWithTheReason(String cert, String key, String message) {
        refused(message, () -> server(cert, key));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "good.crt | good.key | | http.tls.ca: is missing: TLS needs the certificate, its key and the certificate",
                "good.crt | good.key | text.crt | http.tls.ca: * holds no certificate",
                "good.crt | good.key | other.crt | http.tls.cert: the other nodes would refuse the certificate in",
                "server-only.crt | server-only.key | ca.crt | http.tls.cert: the other nodes would refuse"
            })
    void aNodeThatTheOthersWouldRefuseIsToldSo(String cert, String key, String ca, String message) {
        refused(message, () -> mutual(cert, key, ca));
    }

    private static void refused(String message, org.junit.jupiter.api.function.Executable loading) {
        InvalidConfigurationException invalid = assertThrows(InvalidConfigurationException.class, loading);
        assertEquals(1, invalid.problems().size(), invalid.toString());
        String said = invalid.problems().get(0).toString();
        for (String part : message.split("\\*")) {
            assertTrue(said.contains(part.strip()), said);
        }
    }

    private @org.jspecify.annotations.Nullable TlsFiles server(String cert, String key)
            throws InvalidConfigurationException {
        return load(cert, key, null);
    }

    private @org.jspecify.annotations.Nullable TlsFiles mutual(
            String cert, String key, @org.jspecify.annotations.Nullable String ca)
            throws InvalidConfigurationException {
        return load(cert, key, ca == null ? "" : ca);
    }

    private @org.jspecify.annotations.Nullable TlsFiles load(
            @org.jspecify.annotations.Nullable String cert,
            @org.jspecify.annotations.Nullable String key,
            @org.jspecify.annotations.Nullable String ca)
            throws InvalidConfigurationException {
        Map<String, String> given = new HashMap<>();
        if (cert != null) {
            given.put("http.tls.cert", pki.path(cert));
        }
        if (key != null) {
            given.put("http.tls.key", pki.path(key));
        }
        if (ca != null && !ca.isEmpty()) {
            given.put("http.tls.ca", pki.path(ca));
        }
        Settings settings = Settings.load(null, Map.of(), given);
        TlsFiles files = ca == null ? TlsFiles.server(settings, "http.tls") : TlsFiles.mutual(settings, "http.tls");
        settings.check();
        return files;
    }
}
