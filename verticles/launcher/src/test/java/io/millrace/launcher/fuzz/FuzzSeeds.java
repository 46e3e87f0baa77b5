package io.millrace.launcher.fuzz;

import io.millrace.contracts.wire.Codec;
import io.millrace.launcher.Blank;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** What is right, to start from. */
final class FuzzSeeds {
    private FuzzSeeds() {}

    static List<byte[]> texts(String... texts) {
        return Arrays.stream(texts)
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    static List<byte[]> files(String... names) {
        List<byte[]> files = new ArrayList<>();
        for (String name : names) {
            try {
                files.add(Files.readAllBytes(
                        Path.of(System.getProperty("millrace.root", "../..")).resolve(name)));
            } catch (IOException unreadable) {
                throw new UncheckedIOException(unreadable);
            }
        }
        return files;
    }

    static List<byte[]> records() {
        List<byte[]> records = new ArrayList<>();
        for (int i = 0; i < Codec.all().size(); i++) {
            @SuppressWarnings("unchecked")
            Codec<Object> codec = (Codec<Object>) Codec.all().get(i);
            try {
                byte[] record = codec.encode(Blank.of(codec.type().asSubclass(Record.class)));
                byte[] seed = new byte[record.length + 1];
                seed[0] = (byte) i;
                System.arraycopy(record, 0, seed, 1, record.length);
                records.add(seed);
            } catch (ReflectiveOperationException broken) {
                throw new IllegalStateException(broken);
            }
        }
        return records;
    }

    static List<byte[]> keys() {
        List<String> jwks = new ArrayList<>(
                List.of("{\"kty\":\"oct\",\"kid\":\"s\",\"alg\":\"HS256\",\"k\":\"" + "k".repeat(43) + "\"}"));
        List<String> pems = new ArrayList<>();
        try {
            KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
            rsa.initialize(2_048);
            RSAPublicKey key = (RSAPublicKey) rsa.generateKeyPair().getPublic();
            jwks.add("{\"kty\":\"RSA\",\"kid\":\"r\",\"use\":\"sig\",\"e\":\"AQAB\",\"n\":\""
                    + Base64.getUrlEncoder()
                            .withoutPadding()
                            .encodeToString(key.getModulus().toByteArray()) + "\"}");
            KeyPairGenerator curve = KeyPairGenerator.getInstance("EC");
            curve.initialize(new ECGenParameterSpec("secp256r1"));
            ECPublicKey point = (ECPublicKey) curve.generateKeyPair().getPublic();
            jwks.add("{\"kty\":\"EC\",\"crv\":\"P-256\",\"key_ops\":[\"verify\"],\"x\":\""
                    + encoded(point.getW().getAffineX()) + "\",\"y\":\""
                    + encoded(point.getW().getAffineY()) + "\"}");
            for (PublicKey each : List.of(
                    key,
                    point,
                    KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPublic())) {
                pems.add("-----BEGIN PUBLIC KEY-----\n"
                        + Base64.getMimeEncoder().encodeToString(each.getEncoded()) + "\n-----END PUBLIC KEY-----\n");
            }
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
        jwks.add("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" + "k".repeat(43) + "\"}");
        List<String> all = new ArrayList<>(jwks);
        all.addAll(pems);
        all.add("{\"keys\":[" + String.join(",", jwks) + "]}");
        return texts(all.toArray(String[]::new));
    }

    /** 32 bytes, as RFC 7518 §6.2.1 has them. */
    private static String encoded(BigInteger number) {
        byte[] bytes = number.toByteArray();
        byte[] padded = new byte[32];
        int length = Math.min(bytes.length, 32);
        System.arraycopy(bytes, bytes.length - length, padded, 32 - length, length);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(padded);
    }
}
