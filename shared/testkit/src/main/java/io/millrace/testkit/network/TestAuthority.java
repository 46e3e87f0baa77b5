package io.millrace.testkit.network;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.TrustManager;

/** An authority of a test's own, and the certificates of an hour that it signs for this machine, as PEM files in a folder. */
public final class TestAuthority {
    private final Path folder;
    private final X509Bundle authority;

    /** Writes {@code ca.crt}. */
    public TestAuthority(Path folder) throws Exception {
        this.folder = folder;
        this.authority = builder("an authority").setIsCertificateAuthority(true).buildSelfSigned();
        Files.writeString(folder.resolve("ca.crt"), authority.getCertificatePEM());
    }

    private static CertificateBuilder builder(String name) {
        return new CertificateBuilder()
                .subject("CN=" + name)
                .ecp256()
                .addSanDnsName("localhost")
                .addSanIpAddress("127.0.0.1")
                .notBefore(Instant.now().minus(Duration.ofHours(1)))
                .notAfter(Instant.now().plus(Duration.ofHours(1)));
    }

    /** Writes {@code NAME.crt} and {@code NAME.key}. */
    public void issue(String name) throws Exception {
        X509Bundle issued = builder(name).buildIssuedBy(authority);
        Files.writeString(folder.resolve(name + ".crt"), issued.getCertificatePathPEM());
        Files.writeString(folder.resolve(name + ".key"), issued.getPrivateKeyPEM());
    }

    /** For a client that trusts this authority alone. */
    public TrustManager trust() {
        return authority.toTrustManager();
    }
}
