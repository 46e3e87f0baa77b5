package io.millrace.platform.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A secret that a file of the configuration names by an environment variable: its value is in the variable, or in the file
 * that the variable with {@code _FILE} behind it names.
 *
 * @param value null if it is in a file
 * @param file null if it is in the variable
 */
public record SecretVariable(@Nullable String value, @Nullable Path file) {
    private static final Pattern NAME = Pattern.compile("[A-Z][A-Z0-9_]*");

    /**
     * Finds a secret.
     *
     * @throws IOException what is wrong, for the reader of the file that names it; never what the secret is
     */
    public static SecretVariable find(Map<String, String> environment, String name) throws IOException {
        if (!NAME.matcher(name).matches()) {
            throw new IOException("must be the name of an environment variable, never the secret itself");
        }
        String value = environment.get(name);
        String file = environment.get(name + "_FILE");
        if ((value == null) == (file == null)) {
            throw new IOException(
                    value == null
                            ? "there is neither " + name + " nor " + name + "_FILE"
                            : "there are both " + name + " and " + name + "_FILE");
        }
        return new SecretVariable(value, file == null ? null : Path.of(file));
    }

    /** Reads the secret, without a line's end behind it. */
    public String read() throws IOException {
        String text = file == null ? String.valueOf(value) : Files.readString(file);
        if (text.isBlank()) {
            throw new IOException("is empty");
        }
        return text.strip();
    }
}
