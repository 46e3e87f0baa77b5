package io.millrace.platform.delivery;

import io.millrace.contracts.Position;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Seals positions for those who may see only a part of a stream, so that a position doesn't tell how much else there is:
 * one AES block (FIPS 197) of stream, epoch and offset. A single block is a permutation, which is all that is wanted: the
 * same position always reads the same, and nothing can be told from two of them but that they differ. Every node with the
 * same signing key reads every node's positions. Owned by one thread.
 */
public final class PositionSeal {
    private static final String MARK = "s.";
    private static final int LENGTH = MARK.length() + 22;

    private static final Pattern FORM = Pattern.compile("s\\.[A-Za-z0-9_-]{22,64}");

    private final Cipher seal;
    private final Cipher open;

    /**
     * @param key at least 16 bytes, of which 16 are used
     */
    public PositionSeal(byte[] key) {
        SecretKey aes = new SecretKeySpec(key, 0, 16, "AES");
        try {
            seal = Cipher.getInstance("AES/ECB/NoPadding");
            seal.init(Cipher.ENCRYPT_MODE, aes);
            open = Cipher.getInstance("AES/ECB/NoPadding");
            open.init(Cipher.DECRYPT_MODE, aes);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every JDK has AES", impossible);
        }
    }

    /** Whether a text has the form of a sealed position. */
    static boolean sealed(String text) {
        return FORM.matcher(text).matches();
    }

    /** 24 characters, safe in a URL. */
    public String seal(String stream, Position position) {
        byte[] block = ByteBuffer.allocate(16)
                .putInt(stream.hashCode())
                .putInt(position.epoch().hashCode())
                .putLong(position.offset())
                .array();
        return MARK + Base64.getUrlEncoder().withoutPadding().encodeToString(run(seal, block));
    }

    /**
     * The position behind a sealed one.
     *
     * @param epoch the stream's present epoch
     * @return null if it was sealed for another stream or epoch, or is no sealed position
     */
    public @Nullable Position open(String stream, String epoch, String sealed) {
        if (!sealed.startsWith(MARK) || sealed.length() != LENGTH) {
            return null;
        }
        try {
            ByteBuffer block =
                    ByteBuffer.wrap(run(open, Base64.getUrlDecoder().decode(sealed.substring(MARK.length()))));
            boolean here = block.getInt() == stream.hashCode() && block.getInt() == epoch.hashCode();
            long offset = block.getLong();
            return here && offset >= 0 ? new Position(epoch, offset) : null;
        } catch (IllegalArgumentException notBase64) {
            return null;
        }
    }

    private static byte[] run(Cipher cipher, byte[] block) {
        try {
            return cipher.doFinal(block);
        } catch (GeneralSecurityException notABlock) {
            throw new IllegalArgumentException(notABlock);
        }
    }
}
