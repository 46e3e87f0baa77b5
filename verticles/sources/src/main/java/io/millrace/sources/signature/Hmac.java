package io.millrace.sources.signature;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Message authentication codes (RFC 2104) by several secrets, so that one can be replaced. */
final class Hmac {
    private final String algorithm;
    private final List<SecretKeySpec> keys;

    /** @param algorithm the name of the JDK: HmacSHA256 */
    Hmac(String algorithm, List<byte[]> secrets) {
        this.algorithm = algorithm;
        this.keys = secrets.stream()
                .map(secret -> new SecretKeySpec(secret, algorithm))
                .toList();
    }

    /** Whether one of the codes is that of the parts by one of the secrets; all pairs are compared, in constant time. */
    boolean matches(List<byte[]> codes, byte[]... parts) {
        boolean found = false;
        for (SecretKeySpec key : keys) {
            byte[] expected = code(key, parts);
            for (byte[] code : codes) {
                found |= MessageDigest.isEqual(expected, code);
            }
        }
        return found;
    }

    private byte[] code(SecretKeySpec key, byte[]... parts) {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(key);
            for (byte[] part : parts) {
                mac.update(part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
