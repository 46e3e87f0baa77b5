package io.millrace.sources.kafka;

import io.millrace.contracts.text.Characters;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** How the keys of records are written. */
public enum RecordKey {
    /** UTF-8. */
    TEXT {
        @Override
        @Nullable
        String read(byte[] key) {
            return text(key);
        }
    },
    /** Four or eight bytes, the highest first, as Kafka's serializers of int and long write them. */
    INTEGER {
        @Override
        @Nullable
        String read(byte[] key) {
            ByteBuffer bytes = ByteBuffer.wrap(key);
            return key.length == Long.BYTES
                    ? Long.toString(bytes.getLong())
                    : key.length == Integer.BYTES ? Integer.toString(bytes.getInt()) : null;
        }
    },
    /** Any bytes, which a mapping gets as Base64. */
    BASE64 {
        @Override
        String read(byte[] key) {
            return Base64.getEncoder().encodeToString(key);
        }
    };

    /** The key as a mapping gets it; null if it isn't written so. */
    @Nullable
    abstract String read(byte[] key);

    /** UTF-8 without NUL, which PostgreSQL doesn't keep; else null. */
    static @Nullable String text(byte[] bytes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return Characters.wrong(text) == null ? text : null;
        } catch (CharacterCodingException notUtf8) {
            return null;
        }
    }
}
