package io.millrace.dashboard.page;

import io.millrace.platform.auth.Issuer;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** What a page has to know to sign people in. It is in the page itself; none of it is secret. */
public final class SignInSettings {
    private static final String MARK = "<meta name=\"sign-in\">";

    private SignInSettings() {}

    /** A page's text with the settings at its placeholder, as JSON; without the placeholder if there are none. */
    public static String in(String html, Issuer.@Nullable SignIn signIn) {
        String meta = signIn == null ? "" : "<meta name=\"sign-in\" content=\"" + escaped(json(signIn)) + "\">";
        return html.replace(MARK, meta);
    }

    private static String json(Issuer.SignIn signIn) {
        JsonObject json = new JsonObject()
                .put("issuer", signIn.issuer())
                .put("client", signIn.client())
                .put("scope", String.join(" ", signIn.scopes()));
        putIfThere(json, "resource", signIn.resource());
        putIfThere(json, "audience", signIn.audience());
        putIfThere(json, "prompt", signIn.prompt());
        return json.encode();
    }

    private static void putIfThere(JsonObject json, String name, @Nullable String value) {
        if (value != null) {
            json.put(name, value);
        }
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("\"", "&quot;")
                .replace("<", "&lt;")
                .replace(">", "&gt;");
    }
}
