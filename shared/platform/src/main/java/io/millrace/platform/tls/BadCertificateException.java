package io.millrace.platform.tls;

/** A file that can't be used for TLS; the message names the file and the reason. */
public final class BadCertificateException extends Exception {
    private final String setting;

    BadCertificateException(String setting, String message) {
        super(message);
        this.setting = setting;
    }

    /** The setting that names the file. */
    public String setting() {
        return setting;
    }
}
