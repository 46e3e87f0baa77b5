package io.millrace.platform.settings;

import io.millrace.contracts.cluster.NodeConfiguration.Setting;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The settings as operators see them: what counts and where it was given, never a secret. A secret has its place alone. Of an
 * address nobody gets to know who signs in there and with what, since a password or a token may stand there too; and of what
 * looks like a key or a token, where it doesn't belong, nothing.
 */
final class EffectiveSettings {
    private static final int MAX_TEXT = 1_000;
    /** As in messages of other programs. */
    private static final String HIDDEN = "***";

    /** Whatever is before an {@code @}, but for the scheme of an address. */
    private static final Pattern USER = Pattern.compile("((?:^|(?<=[\\s,]))(?:[\\w+.-]+://)?)\\S*@");

    private static final Pattern PARAMETER = Pattern.compile(
            "(?i)((?:^|[?&;,\\s])[^=?&;,\\s]*(?:pass|pwd|secret|token|key|credential|auth|user)[^=&;,\\s]*=)[^&;\\s]*");

    /** A JSON Web Token, a key as PEM, a secret of Standard Webhooks. */
    private static final Pattern SECRET = Pattern.compile("eyJ[\\w-]+\\.[\\w-]+|-----BEGIN|whsec_");

    private EffectiveSettings() {}

    static List<Setting> of(List<SettingInfo> known, SettingSources sources) {
        return known.stream().map(info -> of(info, sources)).toList();
    }

    private static Setting of(SettingInfo info, SettingSources sources) {
        if (info.kind().equals(Settings.SECRET)) {
            return setting(info, null, placeOfSecret(info.name(), sources));
        }
        RawValue given = sources.of(info.name());
        // What a container removes by setting its variable to nothing is as if it had not been given.
        boolean removed =
                given != null && "".equals(given.text()) && info.kind().equals("text");
        if (given == null || removed) {
            String fallback = info.fallback().isEmpty() && info.kind().equals("text") ? null : info.fallback();
            return setting(info, fallback, "default");
        }
        List<String> items = given.items();
        String text = given.text() != null ? given.text() : items == null ? "" : String.join(", ", items);
        return setting(info, text.equals(info.fallback()) ? text : shown(text), given.place());
    }

    private static Setting setting(SettingInfo info, @Nullable String value, String source) {
        return new Setting(info.name(), value, info.fallback(), source, info.kind(), info.range());
    }

    private static String placeOfSecret(String name, SettingSources sources) {
        String variable = SettingSources.variable(name);
        RawValue value = sources.ofEnvironment(variable);
        RawValue file = value == null ? sources.ofEnvironment(variable + "_FILE") : value;
        return file == null ? "default" : file.place();
    }

    /** The text without what may be a secret. */
    private static @Nullable String shown(String text) {
        if (SECRET.matcher(text).find() || text.indexOf('\n') >= 0) {
            return HIDDEN;
        }
        String open = PARAMETER
                .matcher(USER.matcher(text).replaceAll("$1" + HIDDEN + "@"))
                .replaceAll("$1" + HIDDEN);
        return open.length() > MAX_TEXT ? open.substring(0, MAX_TEXT) + "…" : open;
    }
}
