package io.millrace.platform.auth;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a claim is in a token: {@code sub}, {@code realm_access.roles} inside of {@code realm_access}, {@code
 * resource_access."my.client".roles} with a name that has dots itself. A name that begins like an address, {@code
 * https://shop.example/roles}, is one name as it is.
 */
record ClaimPath(List<String> names) {
    private static final Pattern ADDRESS = Pattern.compile("[a-z][a-z0-9+.-]*://[^\"]*");
    private static final Pattern NAME = Pattern.compile("\\G(?:^|(?!^)\\.)(?:\"([^\"]+)\"|([^.\"]+))");

    /** A text that is no path is the name of a claim as it is. */
    static ClaimPath of(String text) {
        if (ADDRESS.matcher(text).matches()) {
            return new ClaimPath(List.of(text));
        }
        List<String> names = new ArrayList<>();
        Matcher name = NAME.matcher(text);
        int end = 0;
        while (name.find()) {
            names.add(name.group(1) == null ? name.group(2) : name.group(1));
            end = name.end();
        }
        return new ClaimPath(end == text.length() && end > 0 ? List.copyOf(names) : List.of(text));
    }

    /** A missing node if there is nothing. */
    JsonNode in(JsonNode claims) {
        JsonNode here = claims;
        for (String name : names) {
            here = here.path(name);
        }
        return here;
    }

    /** Null if there is nothing. */
    @Nullable
    Object in(JsonObject claims) {
        Object here = claims;
        for (String name : names) {
            here = here instanceof JsonObject object ? object.getValue(name) : null;
        }
        return here;
    }

    /** Puts a value there, in place of what was; null for nothing. */
    void set(JsonObject claims, @Nullable Object value) {
        if (value != null) {
            put(claims, value);
        } else if (new ClaimPath(names.subList(0, names.size() - 1)).in(claims) instanceof JsonObject around) {
            around.remove(names.get(names.size() - 1));
        }
    }

    /** Puts a value there, objects made on the way. */
    void put(JsonObject claims, Object value) {
        JsonObject here = claims;
        for (String name : names.subList(0, names.size() - 1)) {
            if (!(here.getValue(name) instanceof JsonObject)) {
                here.put(name, new JsonObject());
            }
            here = here.getJsonObject(name);
        }
        here.put(names.get(names.size() - 1), value);
    }
}
