package io.millrace.launcher;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** The key that signs tokens: a setting, or in development a generated one, which is kept between runs. */
public final class SigningKey {
    private static final int BYTES = 32;

    private SigningKey() {}

    /**
     * @param configured {@code auth.secret}; null if it isn't set
     * @param development whether a key may be generated and kept in {@code data}
     * @throws IOException with one line that says what to change
     */
    public static byte[] of(@Nullable String configured, boolean development, Path data) throws IOException {
        if (configured != null) {
            byte[] key = configured.getBytes(StandardCharsets.UTF_8);
            if (key.length < BYTES) {
                throw new IOException("auth.secret has " + key.length + " bytes; it needs at least " + BYTES);
            }
            return key;
        }
        if (!development) {
            throw new IOException("there is no signing key: set MILLRACE_AUTH_SECRET or MILLRACE_AUTH_SECRET_FILE,"
                    + " or run with --dev to have one made for development");
        }
        Path file = data.resolve("development-key");
        if (!Files.exists(file)) {
            make(file);
        }
        return Files.readString(file).strip().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The cluster's name: only nodes with the same name join. In development the default is specific to this checkout,
     * so that two checkouts on one machine never join.
     */
    public static String clusterName(NodeSettings node, byte[] key) {
        return node.secret() != null
                ? node.cluster().name()
                : node.cluster().name() + "-" + Integer.toHexString(Arrays.hashCode(key));
    }

    /** Writes atomically, readable by the owner only. */
    private static void make(Path file) throws IOException {
        byte[] random = new byte[BYTES];
        new SecureRandom().nextBytes(random);
        Files.createDirectories(file.toAbsolutePath().getParent());
        Path fresh = Files.createTempFile(
                file.toAbsolutePath().getParent(),
                "key",
                "",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(fresh, HexFormat.of().formatHex(random));
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
