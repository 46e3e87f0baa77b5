package io.millrace.sources.signature;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Message authentication codes (RFC 2104) by several secrets, so that one can be replaced. */
final class Hmac {
    /** How the bytes of a code are written. */
    enum Encoding {
        HEX,
        BASE64;

        /** The bytes; none if they can't be read, which are nobody's code. */
        private byte[] decode(String text) {
            try {
                return this == HEX
                        ? HexFormat.of().parseHex(text)
                        : Base64.getDecoder().decode(text);
            } catch (IllegalArgumentException unreadable) {
                return new byte[0];
            }
        }
    }

    private final String algorithm;
    private final Encoding encoding;
    private final List<SecretKeySpec> keys;

    /** @param algorithm the name of the JDK: HmacSHA256 */
    Hmac(String algorithm, Encoding encoding, List<byte[]> secrets) {
        this.algorithm = algorithm;
        this.encoding = encoding;
        this.keys = secrets.stream()
                .map(secret -> new SecretKeySpec(secret, algorithm))
                .toList();
    }

    /** Whether one of the codes is that of the parts by one of the secrets; all pairs are compared, in constant time. */
    boolean matches(List<String> codes, byte[]... parts) {
        boolean found = false;
        for (SecretKeySpec key : keys) {
            byte[] expected = code(key, parts);
            for (String code : codes) {
                found |= MessageDigest.isEqual(expected, encoding.decode(code));
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
