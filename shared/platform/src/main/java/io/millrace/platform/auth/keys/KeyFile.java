package io.millrace.platform.auth.keys;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keys of a file, parsed again whenever its bytes are others. */
public final class KeyFile implements KeySource {
    /** Of the largest file. */
    private static final int MAX_BYTES = 256 * 1024;

    private final Path file;
    private final @Nullable String kid;
    private final boolean secret;
    private byte[] content = new byte[0];
    private List<VerificationKey> keys = List.of();

    private KeyFile(Path file, @Nullable String kid, boolean secret) {
        this.file = file;
        this.kid = kid;
        this.secret = secret;
    }

    /**
     * A file in a form that {@link KeyReader} reads.
     *
     * @param kid the key's name, where the file names none; null for none
     */
    public static KeyFile of(Path file, @Nullable String kid) {
        return new KeyFile(file, kid, false);
    }

    /** A file that holds a secret for HS256, a line break at its end left out. */
    public static KeyFile ofSecret(Path file, @Nullable String kid) {
        return new KeyFile(file, kid, true);
    }

    @Override
    public List<VerificationKey> read(@Nullable String wanted) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + " is not a file");
        }
        if (Files.size(file) > MAX_BYTES) {
            throw new IOException(file + " has more than " + MAX_BYTES + " bytes");
        }
        byte[] now = Files.readAllBytes(file);
        // A key that was removed verifies nothing any more: it comes back as another one.
        if (keys.isEmpty() || keys.stream().anyMatch(VerificationKey::removed) || !Arrays.equals(now, content)) {
            try {
                String text = new String(now, StandardCharsets.UTF_8);
                keys = secret
                        ? List.of(KeyReader.secret(
                                text.replaceFirst("\\r?\\n\\z", "").getBytes(StandardCharsets.UTF_8), kid))
                        : KeyReader.read(text, kid);
            } catch (IllegalArgumentException unusable) {
                throw new IOException(file + " " + unusable.getMessage(), unusable);
            }
            content = now;
        }
        return keys;
    }
}
