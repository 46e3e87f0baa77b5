package io.millrace.platform.schema;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A media type (RFC 9110, 8.3.1), which is case-insensitive.
 *
 * @param name the name in lower case, without parameters; empty if there was none
 */
public record MediaType(String name) {
    private static final String TOKEN = "[A-Za-z0-9!#$%&'*+.^_`|~-]+";
    private static final Pattern TYPE = Pattern.compile("\\s*(" + TOKEN + "/" + TOKEN + ")\\s*(;.*)?");
    private static final Pattern CHARSET =
            Pattern.compile(";\\s*charset\\s*=\\s*\"?([^\";\\s]*)", Pattern.CASE_INSENSITIVE);

    /**
     * Fails as {@link Failure#UNSUPPORTED_MEDIA_TYPE} if it can't be read, or says that the text isn't UTF-8.
     *
     * @param what the name of the header, for the start of an error message
     */
    public static MediaType of(String what, @Nullable String text) {
        if (text == null) {
            return new MediaType("");
        }
        Matcher type = TYPE.matcher(text);
        if (!type.matches()) {
            throw unsupported(what + " is not a media type, like application/json");
        }
        String parameters = type.group(2) == null ? "" : type.group(2);
        Matcher charset = CHARSET.matcher(parameters);
        if (charset.find() && !charset.group(1).equalsIgnoreCase("utf-8")) {
            throw unsupported(what + " names a charset other than utf-8, in which JSON is read");
        }
        return new MediaType(type.group(1).toLowerCase(Locale.ROOT));
    }

    /**
     * Whether it declares JSON (CloudEvents 1.0.2, JSON format, 3.1): a subtype of json, or one that ends with +json.
     */
    public boolean json() {
        return name.endsWith("/json") || name.endsWith("+json");
    }

    private static MillraceException unsupported(String why) {
        return new MillraceException(Failure.UNSUPPORTED_MEDIA_TYPE, why);
    }
}
