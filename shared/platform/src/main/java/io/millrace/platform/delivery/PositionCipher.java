package io.millrace.platform.delivery;

import io.millrace.contracts.event.Position;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Encrypts positions for clients that may see only a part of a stream, so that a position doesn't reveal how many
 * events there are: AES-GCM (NIST SP 800-38D), bound to the stream and its epoch. The position of an event is always
 * encrypted to the same text, so that a client recognizes a repeat. Any other position is a cursor, with another text
 * each time: equal texts would reveal that no event came between them. All nodes with the same signing key read each
 * other's positions. Owned by one thread.
 */
public final class PositionCipher {
    private static final String MARK = "s.";
    private static final String HMAC = "HmacSHA256";
    private static final int NONCE = 12;
    private static final int TAG = 16;
    /** The characters of a sealed position. */
    static final int LENGTH = MARK.length() + (NONCE + Long.BYTES + TAG) * 4 / 3;

    private static final int BLOCK = 64;

    private static final Pattern FORM = Pattern.compile("s\\.[A-Za-z0-9_-]{22,64}");

    private final SecretKeySpec key;
    private final Mac nonces;
    private final SecureRandom random = new SecureRandom();

    /**
     * @param secret the key material, at least 16 bytes
     */
    public PositionCipher(byte[] secret) {
        try {
            nonces = Mac.getInstance(HMAC);
            nonces.init(new SecretKeySpec(secret, HMAC));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every JDK has " + HMAC, impossible);
        }
        key = new SecretKeySpec(nonces.doFinal("seal".getBytes(StandardCharsets.US_ASCII)), 0, 16, "AES");
    }

    /** Whether a text has the form of a sealed position. */
    static boolean sealed(String text) {
        return FORM.matcher(text).matches();
    }

    /**
     * Encrypts the position of an event that the client may see: the same text each time, 50 characters, safe in a URL.
     */
    public String sealEvent(String stream, Position position) {
        nonces.update(bound(stream, position.epoch()));
        byte[] made = nonces.doFinal(
                ByteBuffer.allocate(Long.BYTES).putLong(position.offset()).array());
        return seal(stream, position, Arrays.copyOf(made, NONCE));
    }

    /** Encrypts any other position: another text each time, in the same form. */
    public String sealCursor(String stream, Position position) {
        byte[] nonce = new byte[NONCE];
        random.nextBytes(nonce);
        return seal(stream, position, nonce);
    }

    private String seal(String stream, Position position, byte[] nonce) {
        return seal(
                bound(stream, position.epoch()),
                ByteBuffer.allocate(Long.BYTES).putLong(position.offset()).array(),
                nonce);
    }

    private String seal(byte[] bound, byte[] plain, byte[] nonce) {
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, bound).doFinal(plain);
            byte[] whole = ByteBuffer.allocate(nonce.length + sealed.length)
                    .put(nonce)
                    .put(sealed)
                    .array();
            return MARK + Base64.getUrlEncoder().withoutPadding().encodeToString(whole);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every JDK has AES-GCM", impossible);
        }
    }

    /**
     * Encrypts a name that the client may not know, and sends back: the same text each time. Its length is padded to a
     * multiple of 64 bytes.
     *
     * @param list the list that the name belongs to; another list doesn't decrypt it
     */
    public String sealName(String list, String name) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        byte[] padded = ByteBuffer.allocate((Integer.BYTES + text.length + BLOCK - 1) / BLOCK * BLOCK)
                .putInt(text.length)
                .put(text)
                .array();
        byte[] bound = boundList(list);
        nonces.update(bound);
        return seal(bound, padded, Arrays.copyOf(nonces.doFinal(padded), NONCE));
    }

    /** Decrypts a name; null if it was encrypted for another list, or isn't an encrypted name. */
    public @Nullable String openName(String list, String sealed) {
        byte[] whole = decoded(sealed);
        byte[] plain = whole == null || whole.length < NONCE + TAG + BLOCK ? null : open(boundList(list), whole);
        return plain == null
                ? null
                : new String(plain, Integer.BYTES, ByteBuffer.wrap(plain).getInt(), StandardCharsets.UTF_8);
    }

    /**
     * Decrypts a position.
     *
     * @param epoch the stream's present epoch
     * @return {@link Position#EMPTY} if the stream had no event at that time; null if the text is of another stream or
     *     epoch, or isn't a sealed position
     */
    public @Nullable Position open(String stream, String epoch, String sealed) {
        byte[] whole = sealed.length() == LENGTH ? decoded(sealed) : null;
        if (whole == null) {
            return null;
        }
        Position present = open(stream, epoch, whole);
        return present != null ? present : open(stream, Position.NO_EPOCH, whole);
    }

    private static byte @Nullable [] decoded(String sealed) {
        try {
            return sealed.startsWith(MARK) ? Base64.getUrlDecoder().decode(sealed.substring(MARK.length())) : null;
        } catch (IllegalArgumentException notBase64) {
            return null;
        }
    }

    private @Nullable Position open(String stream, String epoch, byte[] whole) {
        byte[] offset = open(bound(stream, epoch), whole);
        return offset == null
                ? null
                : new Position(epoch, ByteBuffer.wrap(offset).getLong());
    }

    private byte @Nullable [] open(byte[] bound, byte[] whole) {
        try {
            return cipher(Cipher.DECRYPT_MODE, Arrays.copyOf(whole, NONCE), bound)
                    .doFinal(whole, NONCE, whole.length - NONCE);
        } catch (GeneralSecurityException ofAnother) {
            return null;
        }
    }

    /** A cipher object refuses the same nonce twice, so each use needs a new one. */
    private Cipher cipher(int mode, byte[] nonce, byte[] bound) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG * Byte.SIZE, nonce));
        cipher.updateAAD(bound);
        return cipher;
    }

    /** The stream and epoch that a position is bound to. An epoch has no colon. */
    private static byte[] bound(String stream, String epoch) {
        return (epoch + ":" + stream).getBytes(StandardCharsets.UTF_8);
    }

    /** Two colons in a row, which no binding of a position starts with. */
    private static byte[] boundList(String list) {
        return ("::" + list).getBytes(StandardCharsets.UTF_8);
    }
}
