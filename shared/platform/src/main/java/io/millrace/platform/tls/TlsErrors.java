package io.millrace.platform.tls;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import org.jspecify.annotations.Nullable;

/** What is wrong with a server's certificate, for files with the keys {@code uri} and {@code ca}. Stateless. */
public final class TlsErrors {
    private TlsErrors() {}

    /** What an operator does, after the server's name; null if the failure isn't about its certificate. */
    public static @Nullable String words(Throwable error) {
        Throwable cause = error;
        for (Throwable next = error.getCause(); next != null; next = next.getCause()) {
            cause = next;
        }
        if (cause instanceof CertPathBuilderException || cause instanceof CertPathValidatorException) {
            return "has a certificate that isn't trusted: name the file of its authority's certificate in ca ("
                    + cause.getMessage() + ")";
        }
        if (cause instanceof CertificateExpiredException || cause instanceof CertificateNotYetValidException) {
            return "has a certificate that isn't valid now: renew it, or set the clock (" + cause.getMessage() + ")";
        }
        return cause instanceof CertificateException
                ? "has a certificate of another host: name a host of the certificate in uri (" + cause.getMessage()
                        + ")"
                : null;
    }
}
