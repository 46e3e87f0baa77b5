package io.millrace.platform.settings;

/**
 * A setting that some stage asked for.
 *
 * @param name its path: {@code persistence.batch.max}
 * @param kind what it is, and its unit: {@code whole number}, {@code duration}, {@code bytes}, {@code text}, {@code list},
 *     {@code true or false}, {@code one of …}, {@code secret}
 * @param fallback its default, as one would write it; empty for none
 * @param range {@code 1 to 500}; empty for any
 */
public record SettingInfo(String name, String kind, String fallback, String range) {}
