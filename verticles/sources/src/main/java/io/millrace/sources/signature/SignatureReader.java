package io.millrace.sources.signature;

import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import io.millrace.domain.yaml.YamlObjectReader;
import io.millrace.platform.settings.SecretVariable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the {@code webhook} block of a source's file. Belongs to one thread. */
public final class SignatureReader {
    /** The schemes by their names in the file. */
    public enum Scheme {
        STANDARD,
        GITHUB,
        STRIPE,
        DISCORD,
        HMAC
    }

    /** The algorithms by their names in the file. */
    enum Algorithm {
        SHA256,
        SHA512,
        SHA1
    }

    private static final List<String> ONLY_HMAC =
            List.of("header", "prefix", "encoding", "algorithm", "timestamp", "id", "event");
    /** RFC 9110, 5.1. */
    private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");

    private final Map<String, String> environment;
    private final List<ConfigurationError> problems;

    /**
     * @param environment where the secrets are
     * @param problems gets every mistake
     */
    public SignatureReader(Map<String, String> environment, List<ConfigurationError> problems) {
        this.environment = environment;
        this.problems = problems;
    }

    /** What was read: the scheme, and how it verifies; the signature is null, with a mistake, if something is wrong. */
    public record Read(Scheme scheme, @Nullable SignatureVerifier signature) {}

    /** Null, with a mistake, if it isn't even told which scheme it is. */
    public @Nullable Read read(YamlNode place) {
        YamlObjectReader block = YamlObjectReader.of(
                place,
                problems,
                "scheme",
                "secrets",
                "header",
                "prefix",
                "encoding",
                "algorithm",
                "timestamp",
                "id",
                "event");
        if (block == null) {
            return null;
        }
        if (!block.has("scheme")) {
            block.wrong("scheme", "is missing: standard, github, stripe, discord or hmac");
        }
        Scheme scheme = block.choice("scheme", "scheme", Scheme.class);
        if (scheme == null) {
            return null;
        }
        if (scheme != Scheme.HMAC) {
            ONLY_HMAC.stream().filter(block::has).forEach(key -> block.wrong(key, "is for the scheme hmac only"));
        }
        int before = problems.size();
        SignatureVerifier signature = signature(scheme, block);
        return new Read(scheme, problems.size() == before ? signature : null);
    }

    private SignatureVerifier signature(Scheme scheme, YamlObjectReader block) {
        return switch (scheme) {
            case STANDARD ->
                new StandardWebhooksVerifier(
                        secrets(block, StandardWebhooksVerifier::secret, "not base64, as Standard Webhooks has it"));
            case STRIPE -> new StripeVerifier(secrets(block, SignatureReader::utf8, ""));
            case DISCORD ->
                new DiscordVerifier(secrets(block, DiscordVerifier::publicKey, "not 64 hexadecimal digits"));
            case GITHUB ->
                new HmacVerifier(
                        HmacVerifier.Headers.GITHUB,
                        new Hmac("HmacSHA256", Hmac.Encoding.HEX, secrets(block, SignatureReader::utf8, "")));
            case HMAC -> hmac(block);
        };
    }

    private HmacVerifier hmac(YamlObjectReader block) {
        String header = block.required("header");
        Hmac.Encoding encoding = block.choice("encoding", "encoding", Hmac.Encoding.class);
        Algorithm algorithm = block.choice("algorithm", "algorithm", Algorithm.class);
        return new HmacVerifier(
                new HmacVerifier.Headers(
                        Objects.requireNonNullElse(named(block, "header", header), ""),
                        Objects.requireNonNullElse(block.text("prefix"), ""),
                        named(block, "timestamp", block.text("timestamp")),
                        named(block, "id", block.text("id")),
                        named(block, "event", block.text("event"))),
                new Hmac(
                        "Hmac" + Objects.requireNonNullElse(algorithm, Algorithm.SHA256),
                        Objects.requireNonNullElse(encoding, Hmac.Encoding.HEX),
                        secrets(block, SignatureReader::utf8, "")));
    }

    private static @Nullable String named(YamlObjectReader block, String key, @Nullable String header) {
        return block.matching(header, key, HEADER, "name of a header");
    }

    private List<byte[]> secrets(YamlObjectReader block, Function<String, byte[]> form, String otherwise) {
        List<byte[]> secrets = new ArrayList<>();
        List<YamlNode> names = block.texts("secrets");
        if (names.isEmpty()) {
            block.wrong("secrets", "is missing: a list of the environment variables that hold them");
        }
        for (YamlNode name : names) {
            try {
                secrets.add(
                        form.apply(SecretVariable.find(environment, name.node().textValue())
                                .read()));
            } catch (IOException unusable) {
                problems.add(name.problem(String.valueOf(unusable.getMessage())));
            } catch (IllegalArgumentException unreadable) {
                // Its message could quote the secret.
                problems.add(name.problem("holds a secret that is " + otherwise));
            }
        }
        return secrets;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
