package io.millrace.platform.tls;

import io.millrace.platform.settings.Settings;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The PEM files of one use of TLS.
 *
 * @param group the setting that they belong to: {@code http.tls}
 * @param cert the certificate, after it those between it and the authority
 * @param key its private key: RSA or EC, not encrypted
 * @param ca the authorities whose certificates a peer may show; null where none is asked for
 */
public record TlsFiles(String group, Path cert, Path key, @Nullable Path ca) {
    /** What a server shows, {@code <group>.cert} and {@code <group>.key}; null if none is given. Mistakes gather in the settings. */
    public static @Nullable TlsFiles server(Settings settings, String group) {
        return from(settings, group, false);
    }

    /** The same for peers that show each other their certificates, of {@code <group>.ca}. */
    public static @Nullable TlsFiles mutual(Settings settings, String group) {
        return from(settings, group, true);
    }

    private static @Nullable TlsFiles from(Settings settings, String group, boolean mutual) {
        String cert = settings.optionalText(group + ".cert");
        String key = settings.optionalText(group + ".key");
        String ca = mutual ? settings.optionalText(group + ".ca") : null;
        if (cert == null && key == null && ca == null) {
            return null;
        }
        if (cert == null || key == null || (mutual && ca == null)) {
            String missing = cert == null ? ".cert" : key == null ? ".key" : ".ca";
            settings.refuse(
                    group + missing,
                    "is missing: TLS needs the certificate, its key"
                            + (mutual ? " and the certificate of the authority" : "") + ", each a PEM file");
            return null;
        }
        TlsFiles files = new TlsFiles(group, Path.of(cert), Path.of(key), ca == null ? null : Path.of(ca));
        try {
            Certificates readable = Certificates.read(files);
            return readable == null ? null : files;
        } catch (BadCertificateException bad) {
            settings.refuse(bad.setting(), String.valueOf(bad.getMessage()));
            return null;
        }
    }
}
