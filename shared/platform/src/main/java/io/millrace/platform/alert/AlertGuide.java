package io.millrace.platform.alert;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** What to do about each alert: the sections of {@code shared/docs/alerts.md}. Immutable. */
public final class AlertGuide {
    private final Map<String, String> sections = new HashMap<>();

    public AlertGuide() {
        try (InputStream file = Objects.requireNonNull(AlertGuide.class.getResourceAsStream("/alerts.md"))) {
            String text = new String(file.readAllBytes(), StandardCharsets.UTF_8);
            for (String section : text.split("(?m)^## ")) {
                int end = section.indexOf('\n');
                if (end > 0 && AlertType.isKnown(section.substring(0, end).strip())) {
                    sections.put(
                            section.substring(0, end).strip(),
                            section.substring(end).strip());
                }
            }
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** The section's text, as Markdown; empty for an alert of another release. */
    public String of(String alert) {
        return sections.getOrDefault(alert, "");
    }

    /** Where the section is, from the root of the repository: the alert's data names it. */
    public static String anchor(String alert) {
        return "shared/docs/alerts.md#" + alert;
    }
}
