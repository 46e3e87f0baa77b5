package io.millrace.platform.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an issuer calls its users and its claims, and what they are called here. */
@Timeout(60)
class IssuerNamesTest extends IssuersFixture {
    private static final String A = "issuer: https://a.example\naudience: [millrace]\n";
    private static final String B = "issuer: https://b.example\naudience: [millrace]\nkeys: [{ file: key }]\n";
    private static final String ONE = A + "prefix: ''\n";

    @ParameterizedTest
    @CsvSource({
        "true,,,prefix: is missing",
        "true,'',,",
        "true,a:,,",
        "false,,,",
        "false,,'',prefix: is missing",
        "false,'','',",
        "true,a:,a:,",
        "true,a:,b:,",
        "true,'',b:,begin alike",
        "false,b:,'',begin alike",
        "true,a,a:,begin alike",
        "true,'\u0000',,none of them control"
    })
    void usersOfTwoIssuersAreTheSameOnlyWhereTheOperatorSaysSo(
            boolean own, @Nullable String prefix, @Nullable String other, @Nullable String problem) throws Exception {
        this.own = own;
        write("key", SigningParty.set(SigningParty.of("k", "EdDSA")));
        write("a.yaml", A + "keys: [{ file: key }]\n" + prefix(prefix));
        if (other != null) {
            write("b.yaml", B + prefix(other));
        }
        String problems = problems().toString();
        assertTrue(problem == null ? problems.equals("[]") : problems.contains(problem), problems);
    }

    private static String prefix(@Nullable String prefix) {
        return prefix == null
                ? ""
                : "prefix: " + new JsonArray().add(prefix).encode().replaceAll("^.|.$", "") + "\n";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"meta\":{\"rooms\":[1]},\"srv\":{\"rooms\":[2]}|[2]",
                "\"meta\":{\"rooms\":[1]}|null",
                "\"meta\":7,\"srv\":{\"rooms\":[2]}|[2]",
                "\"srv\":{\"rooms\":[2]}|[2]",
                "\"meta.rooms\":[1]|null",
                "\"x\":1|null"
            })
    void aClaimOfAPackThatIsAPathIsWhatTheIssuerSaysAlone(String more, String rooms) throws Exception {
        SigningParty party = SigningParty.of("k", "EdDSA");
        write("key", party.publicPem());
        write("a.yaml", ONE + "keys: [{ file: key, kid: k }]\nclaims: { meta.rooms: srv.rooms }\n");
        Principal who = verified(verifier(), party.token(claims("," + more)));
        assertEquals(rooms, String.valueOf(who.claim("meta.rooms")));
    }

    @Test
    void aClaimInsideOfAnotherIsWhatTheIssuerSaysToo() throws Exception {
        SigningParty party = SigningParty.of("k", "EdDSA");
        write("key", party.publicPem());
        write("a.yaml", ONE + "keys: [{ file: key, kid: k }]\nclaims: { meta: own, meta.rooms: srv.rooms }\n");
        TokenVerifier verifier = verifier();
        String own = ",\"own\":{\"rooms\":[1],\"x\":3}";
        Principal who = verified(verifier, party.token(claims(own + ",\"srv\":{\"rooms\":[2]}")));
        assertEquals("[2]", String.valueOf(who.claim("meta.rooms")));
        assertEquals(3, who.claim("meta.x"));
        assertEquals("[1]", String.valueOf(who.claim("own.rooms")));
        assertEquals(null, verified(verifier, party.token(claims(own))).claim("meta.rooms"));
    }
}
