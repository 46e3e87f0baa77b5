package io.millrace.platform.tls;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.UnaryOperator;

/** An authority of the tests' own, and what it signs, as PEM files. */
public final class Pki {
    public final X509Bundle authority;
    private final Path folder;

    public Pki(Path folder) throws Exception {
        this.folder = folder;
        this.authority = new CertificateBuilder()
                .subject("CN=an authority")
                .ecp256()
                .setIsCertificateAuthority(true)
                .notBefore(Instant.now().minus(Duration.ofDays(3)))
                .notAfter(Instant.now().plus(Duration.ofDays(3)))
                .buildSelfSigned();
        write("ca.crt", authority.getCertificatePEM());
    }

    /** A certificate of an hour for this machine. */
    public static CertificateBuilder builder(String name) {
        return new CertificateBuilder()
                .subject("CN=" + name)
                .ecp256()
                .addSanDnsName("localhost")
                .addSanIpAddress("127.0.0.1")
                .notBefore(Instant.now().minus(Duration.ofHours(1)))
                .notAfter(Instant.now().plus(Duration.ofHours(1)));
    }

    /** Writes {@code NAME.crt} and {@code NAME.key}. */
    public X509Bundle issue(String name, UnaryOperator<CertificateBuilder> changed) throws Exception {
        X509Bundle issued = changed.apply(builder(name)).buildIssuedBy(authority);
        write(name + ".crt", issued.getCertificatePathPEM());
        write(name + ".key", issued.getPrivateKeyPEM());
        return issued;
    }

    public X509Bundle issue(String name) throws Exception {
        return issue(name, builder -> builder);
    }

    /** As the settings name them. */
    public Map<String, String> settings(String group, String name) {
        return Map.of(group + ".cert", path(name + ".crt"), group + ".key", path(name + ".key"));
    }

    public String path(String file) {
        return folder.resolve(file).toString();
    }

    public void write(String file, String content) throws IOException {
        Files.writeString(folder.resolve(file), content);
    }
}
