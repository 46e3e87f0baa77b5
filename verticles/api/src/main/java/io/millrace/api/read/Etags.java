package io.millrace.api.read;

import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;

/** Whether a reader has the page already (RFC 9110 §13.1.2). */
public final class Etags {
    private Etags() {}

    /** Compared weakly, as a read is: {@code "3"} and {@code W/"3"} are the same page. */
    public static boolean match(RoutingContext ctx, String etag) {
        String known = ctx.request().getHeader(HttpHeaders.IF_NONE_MATCH);
        if (known == null) {
            return false;
        }
        for (String one : known.split(",", -1)) {
            if (one.strip().equals("*") || opaque(one.strip()).equals(opaque(etag))) {
                return true;
            }
        }
        return false;
    }

    private static String opaque(String etag) {
        return etag.startsWith("W/") ? etag.substring(2) : etag;
    }
}
