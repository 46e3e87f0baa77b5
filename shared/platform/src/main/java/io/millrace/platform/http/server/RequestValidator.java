package io.millrace.platform.http.server;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/** Checks every request before any route sees it, where Vert.x is too lenient and its own code may throw later. */
public final class RequestValidator {
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._~%!$&'()*+,;=:\\[\\]-]+");
    /** Headers that a request may have only once. */
    private static final List<CharSequence> SINGLE =
            List.of(HttpHeaders.AUTHORIZATION, HttpHeaders.CONTENT_TYPE, HttpHeaders.CONTENT_LENGTH);

    private RequestValidator() {}

    /** The failure of a request that the decoder couldn't read. */
    public static MillraceException unreadable(HttpServerRequest request) {
        Throwable cause = request.decoderResult().cause();
        if (cause instanceof TooLongHttpLineException) {
            return new MillraceException(Failure.URI_TOO_LONG, "the request's target is too long");
        }
        return cause instanceof TooLongHttpHeaderException
                ? new MillraceException(Failure.HEADERS_TOO_LARGE, "the request's headers are too large")
                : bad(
                        cause instanceof StrictRequestDecoder.BadHeader wrong
                                ? String.valueOf(wrong.getMessage())
                                : "the request can't be read");
    }

    /** Throws the failure to answer the request with. */
    public static void check(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2) {
            authority(request);
        } else {
            host(request);
        }
        for (CharSequence name : SINGLE) {
            if (request.headers().getAll(name).size() > 1) {
                throw bad("the header " + name + " may be there once");
            }
        }
        uri(request.uri());
        String path = request.path();
        if ((path == null || !path.startsWith("/"))
                && !(request.method().equals(HttpMethod.OPTIONS) && "*".equals(path))) {
            throw bad("the request's target must be a path like /api/events");
        }
        List<String> expected = request.headers().getAll(HttpHeaders.EXPECT);
        if (expected.size() > 1 || (expected.size() == 1 && !"100-continue".equalsIgnoreCase(expected.get(0)))) {
            throw new MillraceException(Failure.EXPECTATION_FAILED, "Expect may be 100-continue alone");
        }
    }

    /** RFC 9112 §3.2: exactly one, or none before HTTP/1.1. */
    private static void host(HttpServerRequest request) {
        List<String> hosts = request.headers().getAll(HttpHeaders.HOST);
        if (hosts.size() > 1) {
            throw bad("there must be one Host header, not " + hosts.size());
        }
        if (hosts.isEmpty() && request.version() == HttpVersion.HTTP_1_1) {
            throw bad("there is no Host header");
        }
        if (!hosts.isEmpty() && !HOST.matcher(hosts.get(0)).matches()) {
            throw bad("the Host header is not a valid host");
        }
    }

    /** RFC 9113 §8.3.1. */
    private static void authority(HttpServerRequest request) {
        HostAndPort authority = request.authority();
        MultiMap headers = request.headers();
        String host = headers.get(HttpHeaders.HOST);
        if (authority == null || headers.getAll(HttpHeaders.HOST).size() > 1) {
            throw bad("there must be one :authority or Host");
        }
        if (host != null && !host.equalsIgnoreCase(authority.toString())) {
            throw bad(":authority and Host name two hosts");
        }
    }

    /** Only what RFC 3986 allows, percent-encoded UTF-8 without NUL. */
    private static void uri(String uri) {
        boolean encoded = false;
        for (int i = 0; i < uri.length(); i++) {
            char c = uri.charAt(i);
            if (c <= ' ' || c >= 0x7F) {
                throw bad("the request's target must be percent-encoded");
            }
            if (c == '%') {
                encoded = true;
                if (i + 2 >= uri.length() || hex(uri.charAt(i + 1)) < 0 || hex(uri.charAt(i + 2)) < 0) {
                    throw bad("the request's target has a % that two hexadecimal digits must follow");
                }
            }
        }
        if (encoded) {
            decoded(uri);
        }
    }

    private static void decoded(String uri) {
        ByteBuffer bytes = ByteBuffer.allocate(uri.length());
        for (int i = 0; i < uri.length(); i++) {
            char c = uri.charAt(i);
            int octet = c;
            if (c == '%') {
                octet = hex(uri.charAt(i + 1)) << 4 | hex(uri.charAt(i + 2));
                i += 2;
            }
            if (octet == 0) {
                throw bad("the request's target holds a NUL (%00)");
            }
            bytes.put((byte) octet);
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(bytes.flip());
        } catch (CharacterCodingException notText) {
            throw bad("the request's target isn't UTF-8, percent-encoded");
        }
    }

    private static int hex(char c) {
        return c < 0x7F ? Character.digit(c, 16) : -1;
    }

    private static MillraceException bad(String why) {
        return new MillraceException(Failure.BAD_MESSAGE, why);
    }
}
