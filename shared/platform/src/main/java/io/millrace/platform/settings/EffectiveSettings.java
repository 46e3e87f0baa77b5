package io.millrace.platform.settings;

import io.millrace.contracts.cluster.NodeConfiguration.Setting;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
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

    private static final Pattern SCHEME = Pattern.compile("\\s*[\\w+.-]+://");

    /** And what follows: a password may have the characters that end a value elsewhere. */
    private static final Pattern PARAMETER = Pattern.compile(
            "(?is)((?:^|[?&;,#\\s])[^=?&;,#\\s]*(?:pass|pwd|secret|token|key|credential|auth|user)[^=&;,#\\s]*=).*");

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
        List<String> texts = given.text() != null ? List.of(given.text()) : items == null ? List.of() : items;
        String text = String.join(", ", texts);
        boolean isDefault = text.equals(info.fallback());
        return setting(info, isDefault ? text : bounded(texts), given.place());
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

    private static String bounded(List<String> texts) {
        String open = texts.stream().map(EffectiveSettings::shown).collect(Collectors.joining(", "));
        return open.length() > MAX_TEXT ? open.substring(0, MAX_TEXT) + "…" : open;
    }

    /** The text without what may be a secret. */
    private static String shown(String text) {
        if (SECRET.matcher(text).find() || text.indexOf('\n') >= 0) {
            return HIDDEN;
        }
        return PARAMETER.matcher(withoutUser(text)).replaceFirst("$1" + HIDDEN);
    }

    /** The text without what is before an {@code @}, and without anything if that may be the end of a parameter instead. */
    private static String withoutUser(String text) {
        int at = text.lastIndexOf('@');
        if (at < 0) {
            return text;
        }
        Matcher scheme = SCHEME.matcher(text);
        String start = scheme.lookingAt() ? scheme.group() : "";
        String before = text.substring(0, at);
        boolean parameters = before.indexOf('?') >= 0 || before.indexOf('=') >= 0;
        return start + HIDDEN + (parameters ? "" : text.substring(at));
    }
}
