package io.millrace.platform.auth.keys;

import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSetCacheRefreshEvaluator;
import com.nimbusds.jose.jwk.source.JWKSetRetrievalException;
import com.nimbusds.jose.jwk.source.JWKSetSource;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.text.ParseException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keys of an address that the operator names: a set of JWKs, or an OpenID provider whose discovery document says where its
 * set is (OpenID Connect Discovery 1.0 §4). The library under it caches, retries once, and fetches no more often than {@link
 * KeySettings#interval} allows, twice each time.
 */
public final class RemoteKeys implements KeySource {
    /** Of the largest answer. */
    private static final int MAX_BYTES = 256 * 1024;

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final String DISCOVERY = "/.well-known/openid-configuration";
    private static final JWKSelector ALL = new JWKSelector(new JWKMatcher.Builder().build());

    private final String address;
    private final JWKSource<SecurityContext> source;
    private List<VerificationKey> last = List.of();
    private @Nullable IOException failure;

    private RemoteKeys(String address, JWKSetSource<SecurityContext> fetched, KeySettings settings) {
        this.address = address;
        this.source = JWKSourceBuilder.create(fetched)
                .retrying(true)
                .rateLimited(settings.interval().toMillis())
                .cache(settings.ttl().toMillis(), 3 * settings.timeout().toMillis())
                // The regular reading is what refreshes ahead: what it replaces is used until then.
                .refreshAheadCache(false)
                .build();
    }

    /**
     * The set at an address.
     *
     * @throws IllegalArgumentException if it is not an address that may be trusted, with a sentence that says so
     */
    public static RemoteKeys jwks(String address, KeySettings settings) {
        URL url = url(address);
        return new RemoteKeys(address, new Fetch(settings, retriever -> url), settings);
    }

    /** The set of an OpenID provider, by its discovery document. */
    public static RemoteKeys discovered(String issuer, KeySettings settings) {
        String address = issuer.replaceFirst("/$", "") + DISCOVERY;
        URL url = url(address);
        return new RemoteKeys(address, new Fetch(settings, retriever -> jwksUri(issuer, url, retriever)), settings);
    }

    /**
     * An address that may be trusted: what comes unencrypted over a network is anybody's.
     *
     * @throws IllegalArgumentException if it may not, with a sentence that says so
     */
    public static URL url(String address) {
        try {
            URI uri = URI.create(address);
            boolean safe = "https".equals(uri.getScheme())
                    || ("http".equals(uri.getScheme()) && LOOPBACK.contains(String.valueOf(uri.getHost())));
            if (!safe || uri.getHost() == null) {
                throw new IllegalArgumentException("not https");
            }
            return uri.toURL();
        } catch (IOException | IllegalArgumentException unusable) {
            throw new IllegalArgumentException(
                    "\"" + address + "\" is not an address with https (http is for this machine's own only)", unusable);
        }
    }

    @Override
    public boolean asksOnDemand() {
        return true;
    }

    @Override
    public List<VerificationKey> read(@Nullable String wanted) throws IOException {
        try {
            if (wanted != null) {
                // Fetched again if the cached set has no such key.
                source.get(
                        new JWKSelector(new JWKMatcher.Builder().keyID(wanted).build()), null);
            }
            // A secret that is published is none.
            last = KeyReader.read(new JWKSet(source.get(ALL, null)), null).stream()
                    .filter(key -> key.algorithm() != Algorithm.HS256)
                    .toList();
            failure = null;
        } catch (RateLimitReachedException soonAgain) {
            // What was found out last still holds.
        } catch (KeySourceException unavailable) {
            failure = new IOException(address + " can't be read: " + unavailable.getMessage(), unavailable);
        } catch (IllegalArgumentException unusable) {
            failure = new IOException(address + " " + unusable.getMessage(), unusable);
        }
        if (failure != null) {
            throw failure;
        }
        return last;
    }

    /** The address of the set, which the document of the issuer itself must name. */
    private static URL jwksUri(String issuer, URL discovery, DefaultResourceRetriever retriever) throws IOException {
        try {
            Map<String, Object> document = KeyReader.parsed(
                    JSONObjectUtils::parse,
                    retriever.retrieveResource(discovery).getContent());
            String named = JSONObjectUtils.getString(document, "issuer");
            if (!issuer.equals(named)) {
                throw new IOException("the discovery document is of another issuer");
            }
            return url(String.valueOf(JSONObjectUtils.getString(document, "jwks_uri")));
        } catch (ParseException | IllegalArgumentException unreadable) {
            throw new IOException("the discovery document can't be read: " + unreadable.getMessage(), unreadable);
        }
    }

    private interface Address {
        URL of(DefaultResourceRetriever retriever) throws IOException;
    }

    /** One fetch. */
    private static final class Fetch implements JWKSetSource<SecurityContext> {
        private final DefaultResourceRetriever retriever;
        private final Address address;

        Fetch(KeySettings settings, Address address) {
            int timeout = (int) settings.timeout().toMillis();
            this.retriever = new DefaultResourceRetriever(timeout, timeout, MAX_BYTES);
            this.address = address;
        }

        @Override
        public JWKSet getJWKSet(JWKSetCacheRefreshEvaluator refresh, long now, @Nullable SecurityContext context)
                throws KeySourceException {
            try {
                return KeyReader.parsed(
                        JWKSet::parse,
                        retriever.retrieveResource(address.of(retriever)).getContent());
            } catch (IOException | ParseException unreadable) {
                throw new JWKSetRetrievalException(String.valueOf(unreadable.getMessage()), unreadable);
            }
        }

        @Override
        public void close() {}
    }
}
