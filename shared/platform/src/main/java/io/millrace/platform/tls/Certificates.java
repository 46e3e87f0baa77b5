package io.millrace.platform.tls;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509KeyManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * What {@link TlsFiles} held when they were read: a certificate that is valid now, the key that belongs to it, and the
 * authorities that signed it. Immutable.
 *
 * @param until when the certificate expires
 */
public record Certificates(Buffer cert, Buffer key, @Nullable Buffer ca, Instant until) {
    /** The longest chain is shorter; a file that is longer is another. */
    private static final long MAX_BYTES = 1 << 20;

    /**
     * Reads and checks the files. Blocks.
     *
     * @throws BadCertificateException a file that can't be used, or two that don't belong together
     */
    public static Certificates read(TlsFiles files) throws BadCertificateException {
        String certSetting = files.group() + ".cert";
        Buffer cert = bytes(certSetting, files.cert());
        X509Certificate[] chain = certificates(certSetting, files.cert(), cert);
        Instant until = valid(certSetting, files.cert(), chain[0]);
        String keySetting = files.group() + ".key";
        Buffer key = bytes(keySetting, files.key());
        PrivateKey own = privateKey(keySetting, files.key(), cert, key);
        if (!matches(chain[0].getPublicKey(), own)) {
            throw new BadCertificateException(
                    keySetting, files.key() + " is not the key of the certificate in " + files.cert());
        }
        Buffer ca = null;
        Path authority = files.ca();
        if (authority != null) {
            String caSetting = files.group() + ".ca";
            ca = bytes(caSetting, authority);
            X509Certificate[] unused = certificates(caSetting, authority, ca);
            signed(certSetting, files, chain, ca);
        }
        return new Certificates(cert, key, ca, until);
    }

    /** As the files of a server are now: its settings were read a while ago. Null without files. Blocks. */
    public static @Nullable Certificates of(@Nullable TlsFiles files) {
        try {
            return files == null ? null : read(files);
        } catch (BadCertificateException bad) {
            throw new IllegalStateException(bad.setting() + ": " + bad.getMessage(), bad);
        }
    }

    /** For Vert.x. */
    public PemKeyCertOptions keyCert() {
        return new PemKeyCertOptions().addCertValue(cert).addKeyValue(key);
    }

    /** For Vert.x: whom to trust. */
    public PemTrustOptions trust() {
        return new PemTrustOptions().addCertValue(authorities());
    }

    /** For everything else. */
    public SSLContext context() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    keyCert().getKeyManagerFactory(null).getKeyManagers(),
                    new TrustManager[] {trusting(authorities())},
                    null);
            return context;
        } catch (Exception impossible) {
            throw new IllegalStateException("these certificates were read before", impossible);
        }
    }

    private Buffer authorities() {
        return Objects.requireNonNull(ca, "there is no authority");
    }

    private static X509TrustManager trusting(Buffer authorities) throws GeneralSecurityException, IOException {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        for (Certificate authority : parse(authorities)) {
            trusted.setCertificateEntry("authority-" + trusted.size(), authority);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(trusted);
        return (X509TrustManager) factory.getTrustManagers()[0];
    }

    private static Collection<? extends Certificate> parse(Buffer pem) throws CertificateException {
        return CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem.getBytes()));
    }

    private static Buffer bytes(String setting, Path file) throws BadCertificateException {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new BadCertificateException(setting, file + " has more than " + MAX_BYTES + " bytes");
            }
            return Buffer.buffer(Files.readAllBytes(file));
        } catch (NoSuchFileException missing) {
            throw new BadCertificateException(setting, "there is no file " + file);
        } catch (IOException unreadable) {
            throw new BadCertificateException(setting, file + " can't be read: " + unreadable.getMessage());
        }
    }

    private static X509Certificate[] certificates(String setting, Path file, Buffer pem)
            throws BadCertificateException {
        try {
            Collection<? extends Certificate> all = parse(pem);
            if (!all.isEmpty()) {
                return all.toArray(new X509Certificate[0]);
            }
        } catch (CertificateException notOne) {
            // As if there were none.
        }
        throw new BadCertificateException(
                setting, file + " holds no certificate (expected PEM: -----BEGIN CERTIFICATE-----)");
    }

    private static Instant valid(String setting, Path file, X509Certificate certificate)
            throws BadCertificateException {
        Instant from = certificate.getNotBefore().toInstant();
        Instant until = certificate.getNotAfter().toInstant();
        Instant now = Instant.now();
        if (now.isBefore(from) || now.isAfter(until)) {
            throw new BadCertificateException(
                    setting,
                    "the certificate in " + file
                            + (now.isBefore(from) ? " is not valid before " + from : " expired at " + until));
        }
        return until;
    }

    private static PrivateKey privateKey(String setting, Path file, Buffer cert, Buffer key)
            throws BadCertificateException {
        try {
            PemKeyCertOptions both = new PemKeyCertOptions().addCertValue(cert).addKeyValue(key);
            String alias = both.loadKeyStore(null).aliases().nextElement();
            X509KeyManager manager =
                    (X509KeyManager) both.getKeyManagerFactory(null).getKeyManagers()[0];
            return Objects.requireNonNull(manager.getPrivateKey(alias));
        } catch (Exception notOne) {
            throw new BadCertificateException(
                    setting,
                    file + " holds no private key that can be used (expected an RSA or EC key in PEM, not encrypted)");
        }
    }

    private static boolean matches(PublicKey certified, PrivateKey own) {
        if (!certified.getAlgorithm().equals(own.getAlgorithm())) {
            return false;
        }
        byte[] something = new byte[32];
        Arrays.fill(something, (byte) 7);
        try {
            Signature signature = Signature.getInstance(
                    own.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256with" + own.getAlgorithm() + "DSA");
            signature.initSign(own);
            signature.update(something);
            byte[] signed = signature.sign();
            signature.initVerify(certified);
            signature.update(something);
            return signature.verify(signed);
        } catch (GeneralSecurityException otherKind) {
            return false;
        }
    }

    /** As the peers will see it, in both roles. */
    private static void signed(String setting, TlsFiles files, X509Certificate[] chain, Buffer ca)
            throws BadCertificateException {
        try {
            X509TrustManager peer = trusting(ca);
            peer.checkServerTrusted(chain, "UNKNOWN");
            peer.checkClientTrusted(chain, "UNKNOWN");
        } catch (GeneralSecurityException | IOException refused) {
            throw new BadCertificateException(
                    setting,
                    "the other nodes would refuse the certificate in " + files.cert() + " by the authority in "
                            + files.ca() + ": " + refused.getMessage());
        }
    }
}
