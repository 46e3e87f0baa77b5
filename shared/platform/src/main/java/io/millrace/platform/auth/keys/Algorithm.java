package io.millrace.platform.auth.keys;

import org.jspecify.annotations.Nullable;

/** The algorithms that a token may be signed with (RFC 7518 §3.1, RFC 8037 §3.1). */
public enum Algorithm {
    HS256("HS256", "HmacSHA256"),
    RS256("RS256", "SHA256withRSA"),
    ES256("ES256", "SHA256withECDSAinP1363Format"),
    EDDSA("EdDSA", "Ed25519");

    private final String header;
    private final String jca;

    Algorithm(String header, String jca) {
        this.header = header;
        this.jca = jca;
    }

    /** As a token's header writes it. */
    public String header() {
        return header;
    }

    /** As the JDK calls it. */
    String jca() {
        return jca;
    }

    /** The algorithm of a header's {@code alg}; null for any other. */
    public static @Nullable Algorithm of(String header) {
        for (Algorithm algorithm : values()) {
            if (algorithm.header.equals(header)) {
                return algorithm;
            }
        }
        return null;
    }
}
