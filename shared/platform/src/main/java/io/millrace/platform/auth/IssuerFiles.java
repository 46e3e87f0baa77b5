package io.millrace.platform.auth;

import io.millrace.contracts.text.Characters;
import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlDocument;
import io.millrace.domain.yaml.YamlNode;
import io.millrace.domain.yaml.YamlObjectReader;
import io.millrace.platform.auth.keys.KeyFile;
import io.millrace.platform.auth.keys.KeyReader;
import io.millrace.platform.auth.keys.KeySettings;
import io.millrace.platform.auth.keys.KeySource;
import io.millrace.platform.auth.keys.RemoteKeys;
import io.millrace.platform.settings.SecretVariable;
import io.millrace.platform.settings.YamlFiles;
import java.io.IOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The issuers whose tokens are taken, one file each. Every mistake is noted with its place; files of keys are read here too,
 * addresses are not.
 */
public final class IssuerFiles {
    private static final int MAX_PREFIX = 128;

    private final Map<String, String> environment;
    private final KeySettings settings;
    private final Set<String> roles;
    private final Set<String> packClaims;
    private final boolean own;
    private final List<ConfigurationError> problems;

    /**
     * @param environment where secrets are
     * @param roles of the packs, which the files may name
     * @param packClaims that the packs name, which the files may map
     * @param own whether Millrace's own tokens are accepted besides
     * @param problems gets every mistake
     */
    public IssuerFiles(
            Map<String, String> environment,
            KeySettings settings,
            Set<String> roles,
            Set<String> packClaims,
            boolean own,
            List<ConfigurationError> problems) {
        this.environment = environment;
        this.settings = settings;
        this.roles = roles;
        this.packClaims = packClaims;
        this.own = own;
        this.problems = problems;
    }

    /** Every {@code *.yaml} of a folder; none if there is no such folder. */
    public List<Issuer> read(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<Path> files = YamlFiles.in(folder, problems);
        Map<String, Issuer> issuers = new LinkedHashMap<>();
        for (Path file : files) {
            YamlDocument tree = YamlFiles.read(file, problems);
            YamlObjectReader block = tree == null
                    ? null
                    : YamlObjectReader.of(
                            tree.root(),
                            problems,
                            "issuer",
                            "audience",
                            "keys",
                            "claims",
                            "prefix",
                            "everyone",
                            "rename",
                            "sign-in");
            if (block != null) {
                Issuer issuer = issuer(file, block, files.size() > 1 || own);
                checkAgainst(block, issuer, issuers.values());
                if (issuers.putIfAbsent(issuer.name(), issuer) != null) {
                    block.wrong("issuer", "is in another file too; put all its keys into one");
                }
            }
        }
        return List.copyOf(issuers.values());
    }

    /**
     * The pages sign in at one issuer. Of two prefixes one of which begins with the other, the users of the longer may have
     * names of the shorter's.
     */
    private static void checkAgainst(YamlObjectReader block, Issuer issuer, Iterable<Issuer> others) {
        String prefix = issuer.claims().prefix();
        if (prefix.length() > MAX_PREFIX || !Characters.isPrintable(prefix)) {
            block.wrong("prefix", "must be text of at most " + MAX_PREFIX + " characters, none of them control");
        }
        for (Issuer other : others) {
            if (issuer.signIn() != null && other.signIn() != null) {
                block.wrong("sign-in", "is in another file too; the pages sign in at one issuer");
            }
            String theirs = other.claims().prefix();
            if (!prefix.equals(theirs) && (prefix.startsWith(theirs) || theirs.startsWith(prefix))) {
                block.wrong(
                        "prefix",
                        "\"" + prefix + "\" and \"" + theirs + "\" of " + other.name() + " begin alike: an issuer could"
                                + " name users of the other; let none begin with another, or all be the same");
            }
        }
    }

    private Issuer issuer(Path file, YamlObjectReader block, boolean several) {
        String name = block.required("issuer");
        Set<String> audiences = new LinkedHashSet<>();
        block.texts("audience").forEach(one -> audiences.add(one.node().textValue()));
        if (audiences.isEmpty()) {
            block.wrong(
                    "audience", "is missing: tokens that the issuer makes for another server must not open this one");
        }
        if (several && block.at("prefix").empty() && !block.at("prefix").node().isTextual()) {
            block.wrong(
                    "prefix",
                    "is missing: several issuers"
                            + (own ? ", of which Millrace itself is one (auth.own.tokens)," : "")
                            + " may have the same user; say what stands before its users' names, or \"\" if they are the"
                            + " same people");
        }
        return new Issuer(
                name == null ? "" : name,
                audiences,
                keys(file, block, name == null ? "" : name),
                mapping(block),
                name == null || block.at("sign-in").empty() ? null : signIn(block.at("sign-in"), name));
    }

    private Issuer.@Nullable SignIn signIn(YamlNode place, String issuer) {
        YamlObjectReader block =
                YamlObjectReader.of(place, problems, "client", "scopes", "resource", "audience", "prompt");
        if (block == null) {
            return null;
        }
        List<String> scopes = block.has("scopes")
                ? block.texts("scopes").stream()
                        .map(one -> one.node().textValue())
                        .toList()
                : List.of("openid");
        if (!scopes.contains("openid")) {
            block.wrong("scopes", "must hold openid: the pages sign in by OpenID Connect");
        }
        String client = block.required("client");
        try {
            URL address = RemoteKeys.url(issuer);
            String port = address.getPort() < 0 ? "" : ":" + address.getPort();
            return new Issuer.SignIn(
                    issuer,
                    address.getProtocol() + "://" + address.getHost() + port,
                    client == null ? "" : client,
                    scopes,
                    block.text("resource"),
                    block.text("audience"),
                    block.text("prompt"));
        } catch (IllegalArgumentException unsafe) {
            problems.add(place.problem("the issuer " + unsafe.getMessage()));
            return null;
        }
    }

    private List<KeySource> keys(Path file, YamlObjectReader block, String issuer) {
        List<KeySource> sources = new ArrayList<>();
        if (!block.at("keys").node().isArray() || block.at("keys").children().isEmpty()) {
            block.wrong("keys", "is missing: a list of { jwks: … }, { discovery: true }, { file: … }, { secret: … }");
            return sources;
        }
        for (YamlNode place : block.at("keys").children()) {
            YamlObjectReader key = YamlObjectReader.of(place, problems, "jwks", "discovery", "file", "secret", "kid");
            KeySource source = key == null ? null : source(file, place, key, issuer);
            if (source != null) {
                sources.add(source);
            }
        }
        return sources;
    }

    private @Nullable KeySource source(Path file, YamlNode place, YamlObjectReader key, String issuer) {
        List<String> ways = Stream.of("jwks", "discovery", "file", "secret")
                .filter(key::has)
                .toList();
        if (ways.size() != 1) {
            problems.add(place.problem("must say one of jwks, discovery, file, secret"));
            return null;
        }
        String way = ways.get(0);
        boolean remote = way.equals("jwks") || way.equals("discovery");
        if (remote && key.has("kid")) {
            key.wrong("kid", "the keys of an address have names of their own");
        }
        String kid = remote ? null : key.text("kid");
        try {
            String value = way.equals("discovery") ? "" : key.text(way);
            if (value == null || (way.equals("discovery") && !key.flag(way, false))) {
                return null;
            }
            return switch (way) {
                case "jwks" -> RemoteKeys.jwks(value, settings);
                case "discovery" -> RemoteKeys.discovered(issuer, settings);
                case "file" -> readable(KeyFile.of(file.resolveSibling(value), kid));
                default -> secret(value, kid);
            };
        } catch (IOException | IllegalArgumentException unusable) {
            key.wrong(way, String.valueOf(unusable.getMessage()));
            return null;
        }
    }

    private static KeySource readable(KeySource source) throws IOException {
        source.read(null);
        return source;
    }

    /** The message names the variable, never what it holds. */
    private KeySource secret(String variable, @Nullable String kid) throws IOException {
        SecretVariable secret = SecretVariable.find(environment, variable);
        return secret.value() != null
                ? KeySource.fixed(KeyReader.secret(secret.value().getBytes(StandardCharsets.UTF_8), kid))
                : readable(KeyFile.ofSecret(Objects.requireNonNull(secret.file()), kid));
    }

    private ClaimMapping mapping(YamlObjectReader block) {
        ClaimPath user = ClaimPath.of("sub");
        List<ClaimPath> listing = List.of(ClaimPath.of("roles"));
        Map<String, ClaimPath> others = new HashMap<>();
        for (YamlNode place : block.at("claims").children()) {
            List<ClaimPath> paths = paths(place);
            if (place.key().equals("roles")) {
                listing = paths;
            } else if (paths.size() != 1) {
                problems.add(place.problem("names one claim"));
            } else if (place.key().equals("user")) {
                user = paths.get(0);
            } else {
                others.put(place.key(), paths.get(0));
                known(place, place.key(), "claim that a pack names", packClaims);
            }
        }
        Map<String, String> renamed = new LinkedHashMap<>();
        for (YamlNode place : block.at("rename").children()) {
            renamed.put(place.key(), place.node().asText());
            known(place, place.node().asText(), "role of the packs", roles);
        }
        Set<String> everyone = new LinkedHashSet<>();
        for (YamlNode place : block.texts("everyone")) {
            everyone.add(place.node().textValue());
            known(place, place.node().textValue(), "role of the packs", roles);
        }
        String prefix = block.at("prefix").node().asText("");
        return new ClaimMapping(user, prefix, listing, renamed, everyone, others, false);
    }

    private List<ClaimPath> paths(YamlNode place) {
        List<ClaimPath> paths = new ArrayList<>();
        for (YamlNode one : place.node().isArray() ? place.children() : List.of(place)) {
            if (one.node().isTextual() && !one.node().textValue().isBlank()) {
                paths.add(ClaimPath.of(one.node().textValue()));
            } else {
                problems.add(one.problem(one.shown() + " where the name of a claim belongs"));
            }
        }
        return paths;
    }

    /** What packs don't know would count for nothing; where the packs themselves are wrong that can't be told. */
    private void known(YamlNode place, String name, String what, Set<String> known) {
        if (!known.contains(name) && !roles.isEmpty()) {
            problems.add(place.problem(
                    "no such " + what + " (" + String.join(", ", new TreeSet<>(known)) + ")",
                    Suggestions.closest(name, known)));
        }
    }
}
